module github.com/example/ledger

go 1.25.0

toolchain go1.26.1

require (
	github.com/go-chi/chi/v5 v5.2.0
	github.com/jackc/pgx/v5 v5.7.2
	github.com/prometheus/client_golang v1.20.5
)

require github.com/go-sql-driver/mysql v1.8.1 // indirect
