plugins {
    alias(libs.plugins.kotlin.jvm)
}
