"""The only SQL: tables, versions, index, search, audit, outbox."""
