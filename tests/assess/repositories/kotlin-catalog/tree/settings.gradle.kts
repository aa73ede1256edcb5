rootProject.name = "harbour"

include(":berths", ":tides", ":charts")
