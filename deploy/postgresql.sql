-- Once, as the owner of the server. Limits belong to the role, so they hold behind pgbouncer as well.
CREATE ROLE laksana LOGIN PASSWORD 'change-me';
CREATE DATABASE laksana OWNER laksana ENCODING 'UTF8' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8' TEMPLATE template0;
ALTER ROLE laksana SET timezone = 'UTC';
ALTER ROLE laksana SET statement_timeout = '30s';
ALTER ROLE laksana SET lock_timeout = '10s';
ALTER ROLE laksana SET idle_in_transaction_session_timeout = '60s';
ALTER ROLE laksana SET synchronous_commit = 'on';
-- Compiling a statement first takes longer than any of them; pgbouncer passes no such wish of a connection on.
ALTER ROLE laksana SET jit = 'off';
