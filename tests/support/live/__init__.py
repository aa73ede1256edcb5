"""Pods that really answer, a load balancer that really leads to them, a Prometheus that really scrapes them: all on loopback."""
