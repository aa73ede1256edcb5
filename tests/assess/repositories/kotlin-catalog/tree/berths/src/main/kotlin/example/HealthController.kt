package example

@RestController
@RequestMapping("/health")
class HealthController {
    @GetMapping
    fun health() = "ok"

    @PostMapping("/ready")
    fun ready() = "ok"
}
