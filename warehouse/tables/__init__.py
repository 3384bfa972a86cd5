"""CDR and queue_log that a PBX writes to a database's tables instead of files.

Asterisk's own: contrib/ast-db-manage (cdr, queue_log), cdr_pgsql, cdr_adaptive_odbc, cdr_sqlite3_custom, and
main/logger.c for the realtime queue_log; FreePBX's is asteriskcdrdb.cdr.
"""
