package example

fun Application.module() {
    routing {
        get("/healthz") { call.respondText("ok") }
        route("/v1") {
            get("/metrics") { call.respond(tides()) }
        }
    }
}
