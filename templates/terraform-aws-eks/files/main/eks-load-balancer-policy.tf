# Managed by agency-scaffold (terraform-aws-eks): "agency-scaffold update" regenerates it and keeps your edits.

# What AWS Load Balancer Controller needs for Application Load Balancers, by its documentation of version 3.5
# (docs/install/iam_policy.json), narrowed to this account, region and network. Shield and classic WAF are
# switched off in the platform root, so their rights are left out.
locals {
  # The controller tags everything it makes with the cluster; what has no such tag it must not touch.
  made_by_controller = { Null = { "aws:ResourceTag/elbv2.k8s.aws/cluster" = "false" } }
  elb_arn            = "arn:${local.partition}:elasticloadbalancing:${var.region}:${var.account_id}"
  security_group_arn = "arn:${local.partition}:ec2:${var.region}:${var.account_id}:security-group/*"
  balancer_arns      = ["${local.elb_arn}:loadbalancer/app/*/*", "${local.elb_arn}:targetgroup/*/*"]
  listener_arns      = ["${local.elb_arn}:listener/app/*/*/*", "${local.elb_arn}:listener-rule/app/*/*/*/*"]

  load_balancer_controller_statements = [
    {
      Sid       = "ServiceLinkedRole"
      Effect    = "Allow"
      Action    = "iam:CreateServiceLinkedRole"
      Resource  = "arn:${local.partition}:iam::${var.account_id}:role/aws-service-role/elasticloadbalancing.amazonaws.com/*"
      Condition = { StringEquals = { "iam:AWSServiceName" = "elasticloadbalancing.amazonaws.com" } }
    },
    {
      # These cannot be limited to resources.
      Sid    = "Look"
      Effect = "Allow"
      Action = [
        "acm:DescribeCertificate",
        "acm:ListCertificates",
        "cognito-idp:DescribeUserPoolClient",
        "ec2:DescribeAccountAttributes",
        "ec2:DescribeAddresses",
        "ec2:DescribeAvailabilityZones",
        "ec2:DescribeCoipPools",
        "ec2:DescribeInstances",
        "ec2:DescribeInternetGateways",
        "ec2:DescribeIpamPools",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeRouteTables",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSubnets",
        "ec2:DescribeTags",
        "ec2:DescribeVpcPeeringConnections",
        "ec2:DescribeVpcs",
        "ec2:GetCoipPoolUsage",
        "ec2:GetSecurityGroupsForVpc",
        "elasticloadbalancing:DescribeCapacityReservation",
        "elasticloadbalancing:DescribeListenerAttributes",
        "elasticloadbalancing:DescribeListenerCertificates",
        "elasticloadbalancing:DescribeListeners",
        "elasticloadbalancing:DescribeLoadBalancerAttributes",
        "elasticloadbalancing:DescribeLoadBalancers",
        "elasticloadbalancing:DescribeRules",
        "elasticloadbalancing:DescribeSSLPolicies",
        "elasticloadbalancing:DescribeTags",
        "elasticloadbalancing:DescribeTargetGroupAttributes",
        "elasticloadbalancing:DescribeTargetGroups",
        "elasticloadbalancing:DescribeTargetHealth",
        "elasticloadbalancing:DescribeTrustStores",
        "iam:GetServerCertificate",
        "iam:ListServerCertificates",
      ]
      Resource = "*"
    },
    {
      Sid    = "WebAcls"
      Effect = "Allow"
      Action = ["wafv2:AssociateWebACL", "wafv2:DisassociateWebACL", "wafv2:GetWebACL", "wafv2:GetWebACLForResource"]
      Resource = [
        "${local.elb_arn}:loadbalancer/app/*/*",
        "arn:${local.partition}:wafv2:${var.region}:${var.account_id}:regional/webacl/*/*",
      ]
    },
    {
      # Pods take their traffic on the nodes' group, which EKS made: rules come and go, the group stays.
      Sid       = "SecurityGroupRulesOfThisNetwork"
      Effect    = "Allow"
      Action    = ["ec2:AuthorizeSecurityGroupIngress", "ec2:RevokeSecurityGroupIngress"]
      Resource  = local.security_group_arn
      Condition = { ArnEquals = { "ec2:Vpc" = aws_vpc.main.arn } }
    },
    {
      Sid      = "MakeSecurityGroups"
      Effect   = "Allow"
      Action   = "ec2:CreateSecurityGroup"
      Resource = [local.security_group_arn, aws_vpc.main.arn]
    },
    {
      Sid      = "TagSecurityGroupsAtBirth"
      Effect   = "Allow"
      Action   = "ec2:CreateTags"
      Resource = local.security_group_arn
      Condition = {
        StringEquals = { "ec2:CreateAction" = "CreateSecurityGroup" }
        Null         = { "aws:RequestTag/elbv2.k8s.aws/cluster" = "false" }
      }
    },
    {
      Sid      = "TagOwnSecurityGroups"
      Effect   = "Allow"
      Action   = ["ec2:CreateTags", "ec2:DeleteTags"]
      Resource = local.security_group_arn
      Condition = {
        Null = {
          "aws:RequestTag/elbv2.k8s.aws/cluster"  = "true"
          "aws:ResourceTag/elbv2.k8s.aws/cluster" = "false"
        }
      }
    },
    {
      Sid       = "RemoveOwnSecurityGroups"
      Effect    = "Allow"
      Action    = "ec2:DeleteSecurityGroup"
      Resource  = local.security_group_arn
      Condition = local.made_by_controller
    },
    {
      Sid       = "MakeLoadBalancers"
      Effect    = "Allow"
      Action    = ["elasticloadbalancing:CreateLoadBalancer", "elasticloadbalancing:CreateTargetGroup"]
      Resource  = local.balancer_arns
      Condition = { Null = { "aws:RequestTag/elbv2.k8s.aws/cluster" = "false" } }
    },
    {
      Sid      = "TagLoadBalancersAtBirth"
      Effect   = "Allow"
      Action   = "elasticloadbalancing:AddTags"
      Resource = local.balancer_arns
      Condition = {
        StringEquals = { "elasticloadbalancing:CreateAction" = ["CreateLoadBalancer", "CreateTargetGroup"] }
        Null         = { "aws:RequestTag/elbv2.k8s.aws/cluster" = "false" }
      }
    },
    {
      Sid      = "TagOwnLoadBalancers"
      Effect   = "Allow"
      Action   = ["elasticloadbalancing:AddTags", "elasticloadbalancing:RemoveTags"]
      Resource = local.balancer_arns
      Condition = {
        Null = {
          "aws:RequestTag/elbv2.k8s.aws/cluster"  = "true"
          "aws:ResourceTag/elbv2.k8s.aws/cluster" = "false"
        }
      }
    },
    {
      Sid    = "ListenersAndRules"
      Effect = "Allow"
      Action = [
        "elasticloadbalancing:AddListenerCertificates",
        "elasticloadbalancing:AddTags",
        "elasticloadbalancing:CreateListener",
        "elasticloadbalancing:CreateRule",
        "elasticloadbalancing:DeleteListener",
        "elasticloadbalancing:DeleteRule",
        "elasticloadbalancing:ModifyListener",
        "elasticloadbalancing:ModifyRule",
        "elasticloadbalancing:RemoveListenerCertificates",
        "elasticloadbalancing:RemoveTags",
        "elasticloadbalancing:SetRulePriorities",
        "elasticloadbalancing:SetWebAcl",
      ]
      Resource = concat(["${local.elb_arn}:loadbalancer/app/*/*"], local.listener_arns)
    },
    {
      Sid    = "ChangeOwnLoadBalancers"
      Effect = "Allow"
      Action = [
        "elasticloadbalancing:DeleteLoadBalancer",
        "elasticloadbalancing:DeleteTargetGroup",
        "elasticloadbalancing:ModifyCapacityReservation",
        "elasticloadbalancing:ModifyIpPools",
        "elasticloadbalancing:ModifyListenerAttributes",
        "elasticloadbalancing:ModifyLoadBalancerAttributes",
        "elasticloadbalancing:ModifyTargetGroup",
        "elasticloadbalancing:ModifyTargetGroupAttributes",
        "elasticloadbalancing:SetIpAddressType",
        "elasticloadbalancing:SetSecurityGroups",
        "elasticloadbalancing:SetSubnets",
      ]
      Resource  = concat(local.balancer_arns, local.listener_arns)
      Condition = local.made_by_controller
    },
    {
      Sid      = "Targets"
      Effect   = "Allow"
      Action   = ["elasticloadbalancing:DeregisterTargets", "elasticloadbalancing:RegisterTargets"]
      Resource = "${local.elb_arn}:targetgroup/*/*"
    },
  ]
}
