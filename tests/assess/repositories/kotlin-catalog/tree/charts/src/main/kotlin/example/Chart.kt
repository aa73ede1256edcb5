package example

data class Chart(val name: String)
