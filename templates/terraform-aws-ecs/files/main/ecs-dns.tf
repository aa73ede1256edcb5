# Managed by agency-scaffold (terraform-aws-ecs): "agency-scaffold update" regenerates it and keeps your edits.

resource "aws_route53_record" "service" {
  provider = aws.dns

  for_each = local.public_services

  zone_id = data.aws_route53_zone.main.zone_id
  name    = var.service_hosts[each.key]
  type    = "A"

  alias {
    name                   = aws_lb.main.dns_name
    zone_id                = aws_lb.main.zone_id
    evaluate_target_health = true
  }
}
