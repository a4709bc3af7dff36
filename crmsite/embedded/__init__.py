"""PostgreSQL and Redis for one machine, from wheels. Production brings its own."""
