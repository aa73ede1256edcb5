# Managed by agency-scaffold (terraform-aws-eks): "agency-scaffold update" regenerates it and keeps your edits.

# Nodes and pods share the security group of the cluster, so who reaches the database is said by addresses, and by the
# network policies of the services.
locals {
  database_clients = { for zone, subnet in aws_subnet.private : "nodes and pods in ${zone}" => { cidr_ipv4 = subnet.cidr_block } }
}
