# Managed by agency-scaffold (terraform-aws): "agency-scaffold update" regenerates it and keeps your edits.

# What CI may do. Names narrow whatever has a name before it exists; the rest is narrowed to the region.

locals {
  arn = {
    # Prefixes of this environment's resources, as the other roots name them.
    s3          = "arn:${local.partition}:s3:::${var.bucket_prefix}-*"
    state       = aws_s3_bucket.state.arn
    rds         = [for kind in ["db", "subgrp", "pg", "es", "snapshot"] : "arn:${local.partition}:rds:${local.in_account}:${kind}:${local.name}*"]
    rds_default = [for kind in ["og", "pg"] : "arn:${local.partition}:rds:${local.in_account}:${kind}:default*"]
    secrets     = "arn:${local.partition}:secretsmanager:${local.in_account}:secret:${var.project}/${var.environment}/*"
    rds_secrets = "arn:${local.partition}:secretsmanager:${local.in_account}:secret:rds!*"
    logs        = "arn:${local.partition}:logs:${local.in_account}:log-group:/*/${local.name}*"
    keys        = "arn:${local.partition}:kms:${local.in_account}:key/*"
    aliases     = "arn:${local.partition}:kms:${local.in_account}:alias/${local.name}*"
    topics      = "arn:${local.partition}:sns:${local.in_account}:${local.name}*"
    queues      = "arn:${local.partition}:sqs:${local.in_account}:${local.name}*"
    rules       = "arn:${local.partition}:events:${local.in_account}:rule/${local.name}*"
    alarms      = "arn:${local.partition}:cloudwatch:${local.in_account}:alarm:${local.name}*"
    budgets     = "arn:${local.partition}:budgets::${var.account_id}:budget/${local.name}*"
    acm         = "arn:${local.partition}:acm:${local.in_account}:certificate/*"
    zones       = "arn:${local.partition}:route53:::hostedzone/*"
    roles       = "${local.iam}:role/${local.name}-*"
    policies    = "${local.iam}:policy/${local.name}-*"
    dns_role    = "arn:${local.partition}:iam::${local.registry_account_id}:role/${var.project}-${var.production_environment}-dns"
  }

  # Actions on resources whose names AWS makes.
  in_region = { StringEquals = { "aws:RequestedRegion" = var.region } }

  apply_statements = {
    network = [
      {
        Sid    = "Network"
        Effect = "Allow"
        Action = [
          "ec2:AcceptVpcEndpointConnections", "ec2:AllocateAddress", "ec2:AssociateAddress", "ec2:AssociateRouteTable",
          "ec2:AttachInternetGateway", "ec2:AuthorizeSecurityGroupEgress", "ec2:AuthorizeSecurityGroupIngress",
          "ec2:CreateFlowLogs", "ec2:CreateInternetGateway", "ec2:CreateNatGateway", "ec2:CreateNetworkAcl",
          "ec2:CreateNetworkAclEntry", "ec2:CreateRoute", "ec2:CreateRouteTable", "ec2:CreateSecurityGroup",
          "ec2:CreateSubnet", "ec2:CreateTags", "ec2:CreateVpc", "ec2:CreateVpcEndpoint", "ec2:DeleteFlowLogs",
          "ec2:DeleteInternetGateway", "ec2:DeleteNatGateway", "ec2:DeleteNetworkAcl", "ec2:DeleteNetworkAclEntry",
          "ec2:DeleteNetworkInterface", "ec2:DeleteRoute", "ec2:DeleteRouteTable", "ec2:DeleteSecurityGroup",
          "ec2:DeleteSubnet", "ec2:DeleteTags", "ec2:DeleteVpc", "ec2:DeleteVpcEndpoints", "ec2:DetachInternetGateway",
          "ec2:DetachNetworkInterface", "ec2:DisassociateAddress", "ec2:DisassociateRouteTable",
          "ec2:ModifySecurityGroupRules", "ec2:ModifySubnetAttribute", "ec2:ModifyVpcAttribute",
          "ec2:ModifyVpcEndpoint", "ec2:ReleaseAddress", "ec2:ReplaceNetworkAclAssociation",
          "ec2:ReplaceNetworkAclEntry", "ec2:ReplaceRoute", "ec2:ReplaceRouteTableAssociation",
          "ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress",
          "ec2:UpdateSecurityGroupRuleDescriptionsEgress", "ec2:UpdateSecurityGroupRuleDescriptionsIngress",
        ]
        Resource  = "*"
        Condition = local.in_region
      },
      {
        Sid      = "Certificates"
        Effect   = "Allow"
        Action   = ["acm:AddTagsToCertificate", "acm:DeleteCertificate", "acm:RemoveTagsFromCertificate", "acm:RequestCertificate", "acm:UpdateCertificateOptions"]
        Resource = local.arn.acm
      },
      {
        Sid      = "Records"
        Effect   = "Allow"
        Action   = ["route53:AssociateVPCWithHostedZone", "route53:ChangeResourceRecordSets"]
        Resource = local.arn.zones
      },
      {
        Sid      = "RecordsInProductionsZone"
        Effect   = "Allow"
        Action   = "sts:AssumeRole"
        Resource = local.arn.dns_role
      },
    ]

    data = [
      {
        Sid    = "Databases"
        Effect = "Allow"
        Action = [
          "rds:AddSourceIdentifierToSubscription", "rds:AddTagsToResource", "rds:CreateDBInstance", "rds:CreateDBParameterGroup",
          "rds:CreateDBSnapshot", "rds:CreateDBSubnetGroup", "rds:CreateEventSubscription", "rds:DeleteDBInstance",
          "rds:DeleteDBParameterGroup", "rds:DeleteDBSubnetGroup", "rds:DeleteEventSubscription", "rds:ModifyDBInstance",
          "rds:ModifyDBParameterGroup", "rds:ModifyDBSubnetGroup", "rds:ModifyEventSubscription", "rds:RebootDBInstance",
          "rds:RemoveSourceIdentifierFromSubscription", "rds:RemoveTagsFromResource", "rds:ResetDBParameterGroup",
          "rds:RestoreDBInstanceFromDBSnapshot", "rds:RestoreDBInstanceToPointInTime",
        ]
        Resource = concat(local.arn.rds, local.arn.rds_default)
      },
      {
        # Never the values: those are read by what runs the services, and put by people.
        Sid    = "Secrets"
        Effect = "Allow"
        Action = [
          "secretsmanager:CancelRotateSecret", "secretsmanager:CreateSecret", "secretsmanager:DeleteResourcePolicy",
          "secretsmanager:DeleteSecret", "secretsmanager:PutResourcePolicy", "secretsmanager:RestoreSecret",
          "secretsmanager:RotateSecret", "secretsmanager:TagResource", "secretsmanager:UntagResource", "secretsmanager:UpdateSecret",
        ]
        Resource = [local.arn.secrets, local.arn.rds_secrets]
      },
      {
        Sid       = "NewKeys"
        Effect    = "Allow"
        Action    = "kms:CreateKey"
        Resource  = "*"
        Condition = local.in_region
      },
      {
        Sid    = "Keys"
        Effect = "Allow"
        Action = [
          "kms:CancelKeyDeletion", "kms:CreateAlias", "kms:CreateGrant", "kms:Decrypt", "kms:DeleteAlias", "kms:DisableKey",
          "kms:DisableKeyRotation", "kms:EnableKey", "kms:EnableKeyRotation", "kms:Encrypt", "kms:GenerateDataKey*",
          "kms:PutKeyPolicy", "kms:RetireGrant", "kms:RevokeGrant", "kms:ScheduleKeyDeletion", "kms:TagResource",
          "kms:UntagResource", "kms:UpdateAlias", "kms:UpdateKeyDescription",
        ]
        Resource = [local.arn.keys, local.arn.aliases]
      },
      {
        Sid    = "Buckets"
        Effect = "Allow"
        Action = [
          "s3:CreateBucket", "s3:DeleteBucket", "s3:DeleteBucketPolicy", "s3:DeleteObject", "s3:DeleteObjectVersion",
          "s3:PutBucketLogging", "s3:PutBucketNotification", "s3:PutBucketOwnershipControls", "s3:PutBucketPolicy",
          "s3:PutBucketPublicAccessBlock", "s3:PutBucketTagging", "s3:PutBucketVersioning", "s3:PutEncryptionConfiguration",
          "s3:PutLifecycleConfiguration", "s3:TagResource", "s3:UntagResource",
        ]
        Resource = [local.arn.s3, "${local.arn.s3}/*"]
      },
    ]

    operations = [
      {
        Sid    = "Images"
        Effect = "Allow"
        Action = [
          "ecr:BatchDeleteImage", "ecr:CreateRepository", "ecr:DeleteLifecyclePolicy", "ecr:DeleteRepository",
          "ecr:DeleteRepositoryPolicy", "ecr:PutImageScanningConfiguration", "ecr:PutImageTagMutability",
          "ecr:PutLifecyclePolicy", "ecr:SetRepositoryPolicy", "ecr:TagResource", "ecr:UntagResource",
        ]
        Resource = local.repositories
      },
      {
        Sid    = "Logs"
        Effect = "Allow"
        Action = [
          "logs:AssociateKmsKey", "logs:CreateLogGroup", "logs:DeleteLogGroup", "logs:DeleteRetentionPolicy",
          "logs:DisassociateKmsKey", "logs:PutRetentionPolicy", "logs:TagResource", "logs:UntagResource",
        ]
        Resource = local.arn.logs
      },
      {
        Sid      = "Topics"
        Effect   = "Allow"
        Action   = ["sns:CreateTopic", "sns:DeleteTopic", "sns:SetTopicAttributes", "sns:Subscribe", "sns:TagResource", "sns:UntagResource"]
        Resource = local.arn.topics
      },
      {
        # Know no topic.
        Sid       = "Subscriptions"
        Effect    = "Allow"
        Action    = ["sns:SetSubscriptionAttributes", "sns:Unsubscribe"]
        Resource  = "*"
        Condition = local.in_region
      },
      {
        Sid      = "Queues"
        Effect   = "Allow"
        Action   = ["sqs:CreateQueue", "sqs:DeleteQueue", "sqs:SetQueueAttributes", "sqs:TagQueue", "sqs:UntagQueue"]
        Resource = local.arn.queues
      },
      {
        Sid      = "Rules"
        Effect   = "Allow"
        Action   = ["events:DeleteRule", "events:PutRule", "events:PutTargets", "events:RemoveTargets", "events:TagResource", "events:UntagResource"]
        Resource = local.arn.rules
      },
      {
        Sid      = "Alarms"
        Effect   = "Allow"
        Action   = ["cloudwatch:DeleteAlarms", "cloudwatch:PutMetricAlarm", "cloudwatch:TagResource", "cloudwatch:UntagResource"]
        Resource = local.arn.alarms
      },
      {
        Sid      = "Budgets"
        Effect   = "Allow"
        Action   = ["budgets:ModifyBudget", "budgets:TagResource", "budgets:UntagResource"]
        Resource = local.arn.budgets
      },
    ]

    identity = [
      {
        # A role without the boundary could do what CI may not: it cannot be made, nor widened.
        Sid       = "RolesWithBoundary"
        Effect    = "Allow"
        Action    = ["iam:AttachRolePolicy", "iam:CreateRole", "iam:DeleteRolePolicy", "iam:DetachRolePolicy", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"]
        Resource  = local.arn.roles
        Condition = { StringEquals = { "iam:PermissionsBoundary" = local.boundary_arn } }
      },
      {
        Sid      = "Roles"
        Effect   = "Allow"
        Action   = ["iam:DeleteRole", "iam:TagRole", "iam:UntagRole", "iam:UpdateAssumeRolePolicy", "iam:UpdateRole", "iam:UpdateRoleDescription"]
        Resource = local.arn.roles
      },
      {
        Sid      = "Policies"
        Effect   = "Allow"
        Action   = ["iam:CreatePolicy", "iam:CreatePolicyVersion", "iam:DeletePolicy", "iam:DeletePolicyVersion", "iam:TagPolicy", "iam:UntagPolicy"]
        Resource = local.arn.policies
      },
      {
        Sid      = "PassRoles"
        Effect   = "Allow"
        Action   = "iam:PassRole"
        Resource = local.arn.roles
        Condition = {
          StringEquals = {
            "iam:PassedToService" = concat(["monitoring.rds.amazonaws.com", "vpc-flow-logs.amazonaws.com"], local.platform_services.passed_to)
          }
        }
      },
      {
        Sid      = "ServiceLinkedRoles"
        Effect   = "Allow"
        Action   = "iam:CreateServiceLinkedRole"
        Resource = "${local.iam}:role/aws-service-role/*"
        Condition = {
          StringEquals = {
            "iam:AWSServiceName" = concat(["elasticloadbalancing.amazonaws.com", "rds.amazonaws.com"], local.platform_services.linked)
          }
        }
      },
    ]
  }

  deploy_policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(local.platform_deploy_statements, [
      {
        # PutImage without the upload actions marks an image that is there; it brings in none.
        Sid      = "ReadAndMarkImages"
        Effect   = "Allow"
        Action   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:DescribeImages", "ecr:GetDownloadUrlForLayer", "ecr:ListImages", "ecr:PutImage"]
        Resource = local.repositories
      },
      {
        # Knows no resource.
        Sid      = "RegistryLogin"
        Effect   = "Allow"
        Action   = "ecr:GetAuthorizationToken"
        Resource = "*"
      },
    ])
  })

  push_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid    = "PushImages"
        Effect = "Allow"
        Action = [
          "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:CompleteLayerUpload", "ecr:DescribeImages",
          "ecr:GetDownloadUrlForLayer", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart",
        ]
        Resource = local.repositories
      },
      {
        # Knows no resource.
        Sid      = "RegistryLogin"
        Effect   = "Allow"
        Action   = "ecr:GetAuthorizationToken"
        Resource = "*"
      },
    ]
  })

  state_read_statements = [
    {
      Sid      = "FindState"
      Effect   = "Allow"
      Action   = ["s3:GetBucketLocation", "s3:ListBucket"]
      Resource = local.arn.state
    },
    {
      Sid      = "ReadState"
      Effect   = "Allow"
      Action   = "s3:GetObject"
      Resource = "${local.arn.state}/*"
    },
    {
      Sid      = "DecryptState"
      Effect   = "Allow"
      Action   = "kms:Decrypt"
      Resource = aws_kms_key.state.arn
    },
  ]
}

resource "aws_iam_policy" "apply" {
  for_each = merge(local.apply_statements, local.platform_apply_statements)

  name        = "${local.name}-apply-${each.key}"
  description = "What applying the roots of ${local.name} needs: ${each.key}"
  policy      = jsonencode({ Version = "2012-10-17", Statement = each.value })
}

# Metadata only: no secret values, no objects of other buckets, no log events, no tables.
resource "aws_iam_policy" "read" {
  #checkov:skip=CKV_AWS_355:Describing and listing is all it allows, and most of that knows no resource
  name        = "${local.name}-read"
  description = "What a plan of ${local.name} reads"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat([
      {
        Sid    = "Read"
        Effect = "Allow"
        Action = concat([
          "acm:Describe*", "acm:GetCertificate", "acm:List*", "budgets:ListTagsForResource", "budgets:ViewBudget",
          "cloudwatch:Describe*", "cloudwatch:ListTagsForResource", "ec2:Describe*", "ec2:GetSecurityGroupsForVpc",
          "ecr:DescribeRepositories", "ecr:GetLifecyclePolicy", "ecr:GetRepositoryPolicy", "ecr:ListTagsForResource",
          "elasticloadbalancing:Describe*", "events:Describe*", "events:List*", "iam:GetOpenIDConnectProvider",
          "iam:GetPolicy", "iam:GetPolicyVersion", "iam:GetRole", "iam:GetRolePolicy", "iam:List*", "kms:DescribeKey",
          "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:List*", "logs:DescribeLogGroups",
          "logs:ListTagsForResource", "rds:Describe*", "rds:ListTagsForResource", "route53:GetChange",
          "route53:GetHostedZone", "route53:List*", "secretsmanager:DescribeSecret",
          "secretsmanager:GetResourcePolicy", "secretsmanager:ListSecrets", "sns:GetSubscriptionAttributes",
          "sns:GetTopicAttributes", "sns:List*", "sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:ListQueueTags",
          "tag:GetResources",
        ], local.platform_services.reads)
        Resource = "*"
      },
      {
        Sid      = "ReadBucketSettings"
        Effect   = "Allow"
        Action   = ["s3:GetAccelerateConfiguration", "s3:GetBucket*", "s3:GetEncryptionConfiguration", "s3:GetLifecycleConfiguration", "s3:GetReplicationConfiguration", "s3:ListBucket", "s3:ListTagsForResource"]
        Resource = local.arn.s3
      },
    ], local.platform_plan_statements)
  })
}

resource "aws_iam_policy" "state_read" {
  name        = "${local.name}-state-read"
  description = "Reads the state of ${local.name}"
  policy      = jsonencode({ Version = "2012-10-17", Statement = local.state_read_statements })
}

resource "aws_iam_policy" "state_write" {
  name        = "${local.name}-state-write"
  description = "Writes the state of ${local.name}"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(local.state_read_statements, [
      {
        # The state of this root is the administrator's.
        Sid      = "WriteState"
        Effect   = "Allow"
        Action   = "s3:PutObject"
        Resource = [for root in local.ci_roots : "${local.arn.state}/${root}.tfstate*"]
      },
      {
        Sid      = "Unlock"
        Effect   = "Allow"
        Action   = "s3:DeleteObject"
        Resource = [for root in local.ci_roots : "${local.arn.state}/${root}.tfstate.tflock"]
      },
      {
        Sid      = "EncryptState"
        Effect   = "Allow"
        Action   = ["kms:DescribeKey", "kms:GenerateDataKey"]
        Resource = aws_kms_key.state.arn
      },
    ])
  })
}
