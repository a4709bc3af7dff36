"""PostgreSQL and Redis for one machine, from wheels. Production brings its own.

`lifecycle` starts and stops them, `home` says where they live and as whom they run, `state` is what they
left in `$VAR_DIR/embedded.json`. Nothing here touches Django's database connection.
"""
