# Managed by agency-scaffold (terraform-aws): "agency-scaffold update" regenerates it and keeps your edits.

variable "dns_role" {
  description = "As which role of production's account Terraform reaches the zone: dns, or dns-read for a plan that only reads"
  type        = string
  default     = "dns"

  validation {
    condition     = contains(["dns", "dns-read"], var.dns_role)
    error_message = "dns_role must be dns or dns-read: bootstrap/dns.tf makes these two."
  }
}

locals {
  zone_is_elsewhere = var.accounts[var.production_environment] != var.account_id
  dns_role_arns     = local.zone_is_elsewhere ? { for role in ["dns", "dns-read"] : role => "arn:${local.partition}:iam::${var.accounts[var.production_environment]}:role/${var.project}-${var.production_environment}-${role}" } : {}
  preview_names     = var.previews ? ["*.preview.${var.domain}"] : []
}

# The zone is looked up, not made: it outlives every environment.
data "aws_route53_zone" "main" {
  provider = aws.dns

  name         = var.domain
  private_zone = false
}

# Renews by itself as long as the validation records stay.
resource "aws_acm_certificate" "main" {
  #checkov:skip=CKV2_AWS_71:Hosts of services are added without a new certificate; the wildcard is of this one domain
  domain_name               = var.domain
  subject_alternative_names = concat(["*.${var.domain}"], local.preview_names)
  validation_method         = "DNS"
  key_algorithm             = "EC_prime256v1"

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_route53_record" "certificate" {
  provider = aws.dns

  # The apex and its wildcard share one record, so names and not options are the keys.
  for_each = toset(concat([var.domain], [for name in local.preview_names : trimprefix(name, "*.")]))

  zone_id = data.aws_route53_zone.main.zone_id
  name    = local.validation_records[each.key][0].resource_record_name
  type    = local.validation_records[each.key][0].resource_record_type
  records = [local.validation_records[each.key][0].resource_record_value]
  ttl     = 300

  # Other environments validate the same names: in accounts of their own by other records, in the same account by this very
  # one. Each may be the first that needs it, so each makes it, and scripts/terraform.sh leaves it when one of them goes: without
  # it the certificates of the others are not renewed.
  allow_overwrite = true
}

locals {
  validation_records = {
    for option in aws_acm_certificate.main.domain_validation_options :
    trimprefix(option.domain_name, "*.") => option...
  }
}

resource "aws_acm_certificate_validation" "main" {
  certificate_arn         = aws_acm_certificate.main.arn
  validation_record_fqdns = [for record in aws_route53_record.certificate : record.fqdn]
}
