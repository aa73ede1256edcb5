package api

import "net/http"

var _ = func() { _ = http.ListenAndServe(":7777", nil) }
