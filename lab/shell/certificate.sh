# shellcheck shell=bash
# A server's certificate for 127.0.0.1, signed by itself.

# make_certificate DIR USER: DIR/server.pem, and DIR/server.key for that user alone. A server that runs is stopped:
# it was started without.
make_certificate() {
  stop_server
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj "/CN=lab" \
    -addext "subjectAltName=IP:127.0.0.1" -keyout "$1/server.key.new" -out "$1/server.pem"
  chmod 600 "$1/server.key.new"
  chown "$2:" "$1/server.key.new" "$1/server.pem"
  mv "$1/server.key.new" "$1/server.key" # last: where it is, both are
}
