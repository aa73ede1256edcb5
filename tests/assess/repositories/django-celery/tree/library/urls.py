from django.contrib import admin
from django.urls import include, path

from library.views import health

urlpatterns = [
    path("admin/", admin.site.urls),
    path("healthcheck/", include("checks.urls")),
    path("health/", health),
    path("", include("django_prometheus.urls")),
]
