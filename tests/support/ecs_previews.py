"""The double of AWS with what previews use besides: services that come and go, rules and target groups of the load balancer,
namespaces of Cloud Map, secrets that are made and removed.
"""

from __future__ import annotations

import fnmatch
import json
from typing import Any

from tests.support.aws_cli import AwsError
from tests.support.ecs_double import Cloud, Object, json_copy, told_of

GROUP = "sg-previews"
SUBNETS = ["subnet-a", "subnet-b"]
_DRAINS = 2
"""Steps until the tasks of a service that is deleted have ended."""


class PreviewCloud(Cloud):
    """The first environment's account: beside the environment's own services, those of previews."""

    remembered = (*Cloud.remembered, "rules", "groups", "namespaces", "discovered", "passwords", "created_tags")

    def __init__(self, account: str, registry: str, stack: str, environment: str) -> None:
        super().__init__(account, registry, stack, environment)
        self.rules: dict[str, Object] = {}
        """By ARN; the environment's own has priority 1."""
        self.groups: dict[str, Object] = {}
        self.namespaces: dict[str, Object] = {}
        self.discovered: dict[str, str] = {}
        """Services of Cloud Map: id -> id of the namespace."""
        self.passwords: dict[str, Object] = {}
        self.created_tags: dict[str, dict[str, str]] = {}
        """Tags of what was made, by ARN."""
        self.prepared = True
        """Whether Terraform was applied with previews."""
        # Long names are cut.
        self.balancer, self.bucket_prefix = stack, stack
        self.bad_seeds = False
        self.sticky: set[str] = set()
        """Operations that fail."""
        arn = self._elb("targetgroup", f"{stack}-web/1")
        self._rule(["dev-web.shop.acme.dev"], arn, 1)

    # What a test looks at

    def preview_services(self, number: int) -> set[str]:
        """The services of a preview that are not gone."""
        return {n for n, s in self.services.items() if n.startswith(f"pr-{number}-") and s["status"] != "INACTIVE"}

    def left(self, number: int) -> dict[str, list[str]]:
        """All that there is of a preview, by kind; nothing for a kind of which there is nothing."""
        start = f"pr-{number}-"
        own = {arn for arn, tags in self.created_tags.items() if tags.get("preview") == str(number)}
        found = {
            "services": sorted(self.preview_services(number)),
            "rules": sorted(own & set(self.rules)),
            "groups": sorted(own & set(self.groups)),
            "namespaces": [n["Name"] for n in self.namespaces.values() if n["Name"] == f"{self.stack}-pr-{number}"],
            "secrets": [n for n in self.secrets if n.endswith(f"/pr-{number}")],
            "tasks": [
                t["taskArn"]
                for t in self.tasks.values()
                if t["desiredStatus"] == "RUNNING"
                and (t["startedBy"].startswith(start) or t["group"].startswith(f"service:{start}"))
            ],
            "records": [k for k in self.objects if k == f"previews/{number}.json"],
        }
        return {kind: names for kind, names in found.items() if names}

    def host_service(self, host: str) -> str:
        """The service to which the load balancer sends requests for a host."""
        for rule in sorted(self.rules.values(), key=lambda r: int(r["Priority"])):
            if any(
                fnmatch.fnmatch(host, value) for c in rule["Conditions"] for value in c["HostHeaderConfig"]["Values"]
            ):
                return self._behind(rule["Actions"][0]["TargetGroupArn"])
        return ""

    def lose_task(self, name: str) -> None:
        """The one task of a service ends, as when its host is retired; the scheduler starts another."""
        for task in self._running(name):
            self._stop(task, "ServiceSchedulerInitiated", "Amazon ECS is performing maintenance")

    # Services

    def _step(self, service: Object) -> None:
        if service["status"] == "ACTIVE":
            super()._step(service)
        elif service["status"] == "DRAINING":
            service["_drains"] -= 1
            if service["_drains"] <= 0:
                service["status"] = "INACTIVE"

    def _give_up(self, service: Object, primary: Object, why: str) -> None:
        """Without rollback the deployment that failed stays as it is."""
        if service["deploymentConfiguration"].get("deploymentCircuitBreaker", {}).get("rollback", True):
            super()._give_up(service, primary, why)
        else:
            primary["rolloutState"], primary["rolloutStateReason"] = "FAILED", why

    def _ecs_create_service(self, params: Object) -> Object:
        self._cluster(params)
        self._fail_if("ecs:CreateService")
        name = params["serviceName"]
        there = self.services.get(name)
        if there and there["status"] != "INACTIVE":
            raise AwsError("InvalidParameterException", "Creation of service was not idempotent.")
        self._check_service(params)
        self.services[name] = {
            k: json_copy(params[k])
            for k in (
                "serviceName",
                "taskDefinition",
                "desiredCount",
                "networkConfiguration",
                "deploymentConfiguration",
            )
        } | {
            "serviceArn": f"arn:aws:ecs:{self.region}:{self.account}:service/{self.stack}/{name}",
            "status": "ACTIVE",
            "runningCount": 0,
            "pendingCount": 0,
            "loadBalancers": params.get("loadBalancers", []),
            "capacityProviderStrategy": params["capacityProviderStrategy"],
            "enableExecuteCommand": params.get("enableExecuteCommand", False),
            "deployments": [],
            "events": [],
            "_connect": params["serviceConnectConfiguration"],
        }
        self.created_tags[self.services[name]["serviceArn"]] = _pairs(params["tags"])
        self._discover(params["serviceConnectConfiguration"])
        self._deploy(self.services[name], params["taskDefinition"])
        self._learn(self.services[name], params)
        return {"service": told_of(self.services[name])}

    def _ecs_update_service(self, params: Object) -> Object:
        there = self.services.get(params["service"])
        if there is not None and there["status"] != "ACTIVE":
            raise AwsError("ServiceNotActiveException", "Service was not ACTIVE.")
        told = super()._ecs_update_service(params)
        if there is not None and params["service"].startswith("pr-"):
            self._check_service(params)
            there["loadBalancers"] = params.get("loadBalancers", there["loadBalancers"])
            self._discover(params["serviceConnectConfiguration"])
            self._learn(there, params)
        return told

    def _learn(self, service: Object, params: Object) -> None:
        """Tasks know by name what was there when their deployment began; what comes later they do not."""
        namespace = params["serviceConnectConfiguration"]["namespace"].rpartition("/")[2]
        names = {i.removeprefix(f"srv-{namespace}-") for i, n in self.discovered.items() if n == namespace}
        service["deployments"][0]["_knows"] = names

    def knows(self, name: str) -> set[str]:
        """The names by which the tasks of a service find others."""
        found: set[str] = self.services[name]["deployments"][0]["_knows"]
        return found

    def _check_service(self, params: Object) -> None:
        """What ECS and the role of previews refuse."""
        family = self.revisions[params["taskDefinition"]]["family"]
        if not family.startswith(f"{self.stack}-preview-"):
            raise AwsError("AccessDeniedException", f"not a family of previews: {family}")
        network = params["networkConfiguration"]["awsvpcConfiguration"]
        if network != {"subnets": SUBNETS, "securityGroups": [GROUP], "assignPublicIp": "DISABLED"}:
            raise AwsError("InvalidParameterException", f"not the network of previews: {network}")
        used = {a["TargetGroupArn"] for rule in self.rules.values() for a in rule["Actions"]}
        for balancer in params.get("loadBalancers", []):
            if balancer["targetGroupArn"] not in used:
                raise AwsError(
                    "InvalidParameterException", "The target group does not have an associated load balancer."
                )

    def _discover(self, connect: Object) -> None:
        namespace = next((i for i, n in self.namespaces.items() if n["Arn"] == connect["namespace"]), None)
        if namespace is None:
            raise AwsError("NamespaceNotFoundException", "Namespace not found.")
        for service in connect.get("services", []):
            self.discovered[f"srv-{namespace}-{service['discoveryName']}"] = namespace

    def _ecs_delete_service(self, params: Object) -> Object:
        self._cluster(params)
        self._fail_if("ecs:DeleteService")
        service = self.services.get(params["service"])
        if service is None or service["status"] != "ACTIVE" or not params["service"].startswith("pr-"):
            raise AwsError("ServiceNotFoundException", "Service not found.")
        assert params.get("force") is True
        service |= {"status": "DRAINING", "desiredCount": 0, "_drains": _DRAINS}
        for task in self._running(params["service"]):
            self._stop(task, "ServiceSchedulerInitiated", "Service is being deleted")
        return {"service": told_of(service)}

    def _ecs_list_services(self, params: Object) -> Object:
        self._cluster(params)
        return {"serviceArns": [s["serviceArn"] for s in self.services.values() if s["status"] == "ACTIVE"]}

    def _ecs_stop_task(self, params: Object) -> Object:
        self._cluster(params)
        found = next(arn for arn in self.tasks if params["task"] in {arn, arn.rpartition("/")[2]})
        self._stop(self.tasks[found], "UserInitiated", params["reason"])
        return {"task": told_of(self.tasks[found])}

    def _ecs_run_task(self, params: Object) -> Object:
        self._check_service(params)
        told = super()._ecs_run_task(params)
        container = self.revisions[params["taskDefinition"]]["containerDefinitions"][0]
        host = next((e["value"] for e in container["environment"] if e["name"] == "DATABASE_HOST"), None)
        if host is not None and not self._answers(host):
            self._stop(self.tasks[told["tasks"][0]["taskArn"]], "EssentialContainerExited", "no database", exit_code=7)
        return told

    def _answers(self, address: str) -> bool:
        """Whether a database is at an address, and ready."""
        found = [t for t in self.tasks.values() if t["group"].endswith("-database") and self._healthy(t)]
        return any(
            i["privateIpv4Address"] == address for t in found for c in t["containers"] for i in c["networkInterfaces"]
        )

    def _step_migration(self, task: Object) -> None:
        super()._step_migration(task)
        if self.bad_seeds and "-seed/" in task["startedBy"] and task["desiredStatus"] == "STOPPED":
            task["containers"][0]["exitCode"] = 1

    # The load balancer

    def _elb(self, kind: str, name: str) -> str:
        return f"arn:aws:elasticloadbalancing:{self.region}:{self.account}:{kind}/{name}"

    def _elbv2_describe_load_balancers(self, params: Object) -> Object:
        told = super()._elbv2_describe_load_balancers(params | {"Names": [self.stack]})
        if params["Names"] != [self.balancer]:
            raise AwsError("LoadBalancerNotFound", "One or more load balancers not found")
        told["LoadBalancers"][0] |= {
            "LoadBalancerArn": self._elb("loadbalancer/app", f"{self.stack}/1"),
            "VpcId": "vpc-1",
        }
        return told

    def _elbv2_describe_listeners(self, _: Object) -> Object:
        ports = (80, 443) if self.prepared else (80,)
        return {
            "Listeners": [{"ListenerArn": self._elb("listener/app", f"{self.stack}/1/{p}"), "Port": p} for p in ports]
        }

    def _elbv2_describe_rules(self, _: Object) -> Object:
        default = {
            "RuleArn": self._elb("listener-rule/app", f"{self.stack}/1/443/0"),
            "Priority": "default",
            "Actions": [],
        }
        return {"Rules": [*map(json_copy, self.rules.values()), default]}

    def _rule(self, hosts: list[str], group: str, priority: int) -> Object:
        self._number += 1
        arn = self._elb("listener-rule/app", f"{self.stack}/1/443/{self._number:016x}")
        self.rules[arn] = {
            "RuleArn": arn,
            "Priority": str(priority),
            "Conditions": [{"Field": "host-header", "HostHeaderConfig": {"Values": hosts}}],
            "Actions": [{"Type": "forward", "TargetGroupArn": group}],
        }
        return self.rules[arn]

    def _elbv2_create_rule(self, params: Object) -> Object:
        self._fail_if("elbv2:CreateRule")
        if str(params["Priority"]) in {r["Priority"] for r in self.rules.values()}:
            raise AwsError("PriorityInUse", "The specified priority is in use")
        if params["Actions"][0]["TargetGroupArn"] not in self.groups:
            raise AwsError("TargetGroupNotFound", "One or more target groups not found")
        assert params["ListenerArn"].endswith("/443")
        hosts = params["Conditions"][0]["HostHeaderConfig"]["Values"]
        made = self._rule(hosts, params["Actions"][0]["TargetGroupArn"], params["Priority"])
        self.created_tags[made["RuleArn"]] = _pairs(params["Tags"])
        return {"Rules": [json_copy(made)]}

    def _elbv2_delete_rule(self, params: Object) -> Object:
        self._fail_if("elbv2:DeleteRule")
        if params["RuleArn"] not in self.created_tags:
            raise AwsError("AccessDenied", "the role deletes only what has the tag preview")
        if self.rules.pop(params["RuleArn"], None) is None:
            raise AwsError("RuleNotFound", "One or more rules not found")
        return {}

    def _elbv2_describe_target_groups(self, params: Object) -> Object:
        names = params.get("Names")
        found = [json_copy(g) for g in self.groups.values() if names is None or g["TargetGroupName"] in names]
        if names and not found:
            raise AwsError("TargetGroupNotFound", "One or more target groups not found")
        return {"TargetGroups": found}

    def _elbv2_create_target_group(self, params: Object) -> Object:
        self._fail_if("elbv2:CreateTargetGroup")
        assert len(params["Name"]) <= 32
        self._number += 1
        arn = self._elb("targetgroup", f"{params['Name']}/{self._number:016x}")
        self.groups[arn] = {
            "TargetGroupArn": arn,
            "TargetGroupName": params["Name"],
            "Port": params["Port"],
            "VpcId": params["VpcId"],
            "HealthCheckPath": params["HealthCheckPath"],
        }
        self.created_tags[arn] = _pairs(params["Tags"])
        return {"TargetGroups": [json_copy(self.groups[arn])]}

    def _elbv2_modify_target_group(self, params: Object) -> Object:
        group = self.groups[params["TargetGroupArn"]]
        group["HealthCheckPath"] = params["HealthCheckPath"]
        return {"TargetGroups": [json_copy(group)]}

    def _elbv2_delete_target_group(self, params: Object) -> Object:
        arn = params["TargetGroupArn"]
        if any(a["TargetGroupArn"] == arn for rule in self.rules.values() for a in rule["Actions"]):
            raise AwsError("ResourceInUse", f"Target group '{arn}' is currently in use by a listener or a rule")
        if self.groups.pop(arn, None) is None:
            raise AwsError("TargetGroupNotFound", "One or more target groups not found")
        return {}

    def _elbv2_describe_tags(self, params: Object) -> Object:
        return {
            "TagDescriptions": [
                {
                    "ResourceArn": arn,
                    "Tags": [{"Key": k, "Value": v} for k, v in self.created_tags.get(arn, {}).items()],
                }
                for arn in params["ResourceArns"]
            ]
        }

    def _elbv2_describe_target_health(self, params: Object) -> Object:
        name = self._behind(params["TargetGroupArn"])
        if not name.startswith("pr-"):
            return super()._elbv2_describe_target_health(params)
        states = ["healthy" if self._healthy(t) else "initial" for t in self._running(name)]
        return {
            "TargetHealthDescriptions": [
                {"Target": {"Id": f"10.0.0.{i + 1}", "Port": 8080}, "TargetHealth": {"State": s}}
                for i, s in enumerate(states)
            ]
        }

    def _behind(self, group: str) -> str:
        """The service whose tasks are in a target group."""
        for name, service in self.services.items():
            if service["status"] != "INACTIVE" and any(b["targetGroupArn"] == group for b in service["loadBalancers"]):
                return name
        return ""

    # Network, names, secrets, records

    def _ec2_describe_subnets(self, params: Object) -> Object:
        assert _filtered(params) == {"vpc-id": ["vpc-1"], "tag:Tier": ["private"]}
        return {"Subnets": [{"SubnetId": s} for s in reversed(SUBNETS)]}

    def _ec2_describe_security_groups(self, params: Object) -> Object:
        assert _filtered(params) == {"vpc-id": ["vpc-1"], "group-name": [f"{self.stack}-preview"]}
        return {"SecurityGroups": [{"GroupId": GROUP}] if self.prepared else []}

    def _servicediscovery_list_namespaces(self, params: Object) -> Object:
        names = _filtered(params)["HTTP_NAME"]
        return {"Namespaces": [json_copy(n) for n in self.namespaces.values() if n["Name"] in names]}

    def _servicediscovery_create_http_namespace(self, params: Object) -> Object:
        self._fail_if("servicediscovery:CreateHttpNamespace")
        self._number += 1
        found = f"ns-{self._number:016x}"
        arn = f"arn:aws:servicediscovery:{self.region}:{self.account}:namespace/{found}"
        self.namespaces[found] = {"Id": found, "Arn": arn, "Name": params["Name"], "Type": "HTTP"}
        self.created_tags[arn] = _pairs(params["Tags"])
        return {"OperationId": "operation-1"}

    def _servicediscovery_list_services(self, params: Object) -> Object:
        wanted = _filtered(params)["NAMESPACE_ID"]
        return {"Services": [{"Id": i} for i, namespace in self.discovered.items() if namespace in wanted]}

    def _servicediscovery_delete_service(self, params: Object) -> Object:
        del self.discovered[params["Id"]]
        return {}

    def _servicediscovery_delete_namespace(self, params: Object) -> Object:
        if params["Id"] in self.discovered.values():
            raise AwsError("ResourceInUse", "Namespace has associated services")
        del self.namespaces[params["Id"]]
        return {"OperationId": "operation-2"}

    def _secretsmanager_create_secret(self, params: Object) -> Object:
        self._fail_if("secretsmanager:CreateSecret")
        name = params["Name"]
        if name in self.secrets:
            raise AwsError("ResourceExistsException", "A resource with the ID you requested already exists.")
        self.passwords[name] = json.loads(params["SecretString"])
        arn = self.add_secret(name)
        self.created_tags[arn] = _pairs(params["Tags"])
        return {"ARN": arn, "Name": name}

    def _secretsmanager_delete_secret(self, params: Object) -> Object:
        assert params["ForceDeleteWithoutRecovery"] is True
        if params["SecretId"] not in self.passwords:
            raise AwsError("AccessDeniedException", "the role deletes only secrets of previews")
        return {"Name": params["SecretId"], "ARN": self.secrets.pop(params["SecretId"])["ARN"]}

    def _s3_list_objects_v2(self, params: Object) -> Object:
        self._bucket(params)
        prefix = params["Prefix"]
        keys = [k for k in sorted(self.objects) if k.startswith(prefix) and params["Delimiter"] not in k[len(prefix) :]]
        return {"KeyCount": len(keys)} | ({"Contents": [{"Key": k} for k in keys]} if keys else {})

    def _bucket(self, params: Object) -> None:
        if params["Bucket"] != f"{self.bucket_prefix}-releases-{self.account}":
            raise AwsError("NoSuchBucket", "The specified bucket does not exist")

    def _s3_put_object(self, params: Object) -> Object:
        if not params["Key"].startswith("previews/") or params.get("ServerSideEncryption") != "AES256":
            raise AwsError("AccessDenied", "the role writes below previews/, and has no key")
        return super()._s3_put_object(params)

    def _s3_delete_object(self, params: Object) -> Object:
        self._bucket(params)
        self.objects.pop(params["Key"], None)
        return {}

    def _fail_if(self, operation: str) -> None:
        if operation in self.sticky:
            raise AwsError("ThrottlingException", f"{operation} fails in this story")

    # What users see

    def status(self, host: str) -> int:
        """What a user of a preview gets: of the service that its rule names."""
        with self.lock:
            name = self.host_service(host)
            if not name:
                return 404
            there = [t for t in self._running(name) if self._healthy(t)]
            if not there:
                return 503
            return 500 if self.digest(there[0]["taskDefinitionArn"]) in self.faults.refusing else 200


def _pairs(tags: list[Object]) -> dict[str, str]:
    return {t.get("key", t.get("Key")): t.get("value", t.get("Value")) for t in tags}


def _filtered(params: Object) -> dict[str, Any]:
    return {f["Name"]: f["Values"] for f in params["Filters"]}
