"""The service accounts that get roles of the cloud are those that pods run as

A role that waits for an account `external-dns` is no use to a chart that runs as `external-dns-2`: the controller
starts, and AWS refuses its first call. Compared are the names that Terraform gives roles to (`service_account`) with
the accounts of manifests, of charts that Terraform installs, and of the add-ons of EKS; their namespaces with those of
the charts; and what an `aws_eks_pod_identity_association` says with the trust of its role. An account can have one role
alone. In a repository that was not generated, charts may come from elsewhere: there only a name that looks like a
misspelt one is told, and a trust in other pods.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from generator.checks.formats.hcl_values import HOLE
from generator.checks.models import pod_accounts, role_trusts
from generator.checks.models.habits import Told, gathered
from generator.checks.models.iam_statement import Statement
from generator.checks.models.ours import is_ours
from generator.checks.models.pod_accounts import Account
from generator.checks.models.terraform_settings import Resource, of
from generator.checks.rule import Flaw, Format, at, did_you_mean
from generator.checks.source import Sources, shared
from generator.spelling import closest

FORMAT = Format.TERRAFORM

_ALIKE: Final = 0.9
_ASSOCIATION: Final = "aws_eks_pod_identity_association"


def files(sources: Sources) -> list[str]:
    named = {account.path for account in pod_accounts.wanted(sources)} if pod_accounts.made(sources) else set()
    trusting = {one.path for one in of(sources, "aws_iam_role")} if any(of(sources, _ASSOCIATION)) else set()
    return sorted(named | trusting | _trusts(sources).keys())


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for account in pod_accounts.wanted(sources) if pod_accounts.made(sources) else ():
        if account.path == path:
            yield from _missing(sources, account) if is_ours(sources) else _misspelt(sources, account)
    yield from _trusts(sources).get(path, [])


def _misspelt(sources: Sources, account: Account) -> Iterator[Flaw]:
    known = pod_accounts.made(sources) | pod_accounts.ADD_ONS
    if account.name not in known and closest(account.name, sorted(known), _ALIKE):
        yield _unknown(sources, account)


def _missing(sources: Sources, account: Account) -> Iterator[Flaw]:
    """What is wrong with an account where all charts are known."""
    if account.name not in pod_accounts.made(sources) | pod_accounts.ADD_ONS:
        yield _unknown(sources, account)
        return
    meant, message = _meant(sources, account)
    there = pod_accounts.namespaces(sources).get(account.name, frozenset())
    if meant:
        yield at(account, message, f"Write {meant}.")
    elif there and account.namespace and not {"", account.namespace} & there:
        where = " or ".join(sorted(there))
        message = f"the service account {account.name} is one of {where}, and gets a role in {account.namespace}"
        yield Flaw(account.at_namespace[0], message, f"Write {where}.", account.at_namespace[1])


def _unknown(sources: Sources, account: Account) -> Flaw:
    message = f"no pod runs as the service account {account.name}"
    fix = f"Write the `serviceAccountName` of the pods, or add a ServiceAccount {account.name}."
    return at(account, message, fix, did_you_mean(account.name, pod_accounts.made(sources) | pod_accounts.ADD_ONS))


def _meant(sources: Sources, account: Account) -> tuple[str, str]:
    """The account that was meant where another stands, with what is wrong: what the entry of a map is called after, or
    the one of the same namespace that has no role, where the other has two."""
    every, there = pod_accounts.wanted(sources), pod_accounts.namespaces(sources)
    if account.key in there.keys() - {account.name}:
        return account.key, f"the role of {account.key} goes to the service account {account.name}"
    same = [one for one in every if (one.path, one.name) == (account.path, account.name)]
    idle = sorted(there.keys() - {one.name for one in every} - pod_accounts.ADD_ONS)
    near = [name for name in idle if account.namespace in there[name]]
    if len(same) > 1 and len(near) == 1 and account.key != account.name:
        return near[0], f"the service account {account.name} has another role, and {near[0]} has none"
    return "", ""


@shared
def _trusts(sources: Sources) -> Told:
    return gathered(_distrusted(sources))


def _distrusted(sources: Sources) -> Iterator[tuple[str, Flaw]]:
    """The roles that are given to pods of which their trust knows nothing, where these are the right ones."""
    told = {
        (one.path, one.line) for one in pod_accounts.wanted(sources) if is_ours(sources) and any(_missing(sources, one))
    }
    for user in of(sources, _ASSOCIATION):
        account, role = user.body.get("service_account"), user.body.get("role_arn")
        known = role and not (account and (user.path, account.line) in told)
        for place, name in role_trusts.named(sources, user, role) if role and known else ():
            for one in role_trusts.trust(sources, place, name):
                yield from _in_others(user, one)


def _in_others(user: Resource, trust: Statement) -> Iterator[tuple[str, Flaw]]:
    """What is wrong with a trust in pods other than those that get its role."""
    for argument, key in (("namespace", "namespace"), ("service_account", "service-account")):
        given = user.body.get(argument)
        wanted = given.literal if given else None
        tests = [test for test in trust.tested(f"kubernetes-{key}") if test.operator == "StringEquals"]
        words = [word for test in tests for word in test.values]
        if wanted and words and not any(word.text == wanted or HOLE in word.text for word in words):
            message = f"this role trusts pods of the {argument.replace('_', ' ')} {words[0].text}"
            message += f", and {user.address} ({user.path}:{user.block.line}) gives it to {wanted}"
            yield trust.path, at(words[0], message, f"Write {wanted}.")
