# Managed by agency-scaffold (terraform-aws): "agency-scaffold update" regenerates it and keeps your edits.

variable "name" {
  description = "Start of every role's and policy's name"
  type        = string
}

variable "partition" {
  description = "AWS partition"
  type        = string
}

variable "region" {
  description = "Region of the resources that the roles reach"
  type        = string
}

variable "account_id" {
  description = "Account of the roles"
  type        = string
}

variable "permissions_boundary_arn" {
  description = "Boundary of every role"
  type        = string
}

variable "flow_log_group_arn" {
  description = "Log group of the network's flow logs"
  type        = string
}
