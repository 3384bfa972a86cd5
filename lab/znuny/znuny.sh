# shellcheck shell=bash
# What an administrator sets up in Znuny, and whether it answers. Sourced beside database.sh.

service=GenericTicketConnectorREST
home=/usr/share/otrs # of Znuny, as its package calls it

# options go after the command
console() { as otrs env HOME=/var/lib/otrs/tmp perl "$home/bin/otrs.Console.pl" "$@" --no-ansi; }

recipe_of_data() { (cd "$here" && cat provision.pl companies.txt webservice.yml | sha256sum); }
is_provisioned() { [[ $(recipe_of_data) == "$(cat "$at/lab/provisioned" 2>/dev/null)" ]]; }

# queues, agents, fields and the web service; the result is kept as the template that --reset goes back to
provision() {
  stop_apache
  # a changed recipe starts from empty data, so that the template never holds a test's tickets
  if [[ $(sql -d postgres -Atc "SELECT 1 FROM pg_database WHERE datname = 'znuny_clean'") == 1 ]]; then reset_data; fi
  install -d -m 755 "$at/lab"
  install -m 644 -t "$at/lab" "$here/provision.pl" "$here/companies.txt" "$here/webservice.yml"
  as otrs env HOME=/var/lib/otrs/tmp perl /lab/provision.pl /lab/companies.txt
  import_web_service
  console Maint::Cache::Delete
  sql -d postgres -c 'DROP DATABASE IF EXISTS znuny_clean' -c 'CREATE DATABASE znuny_clean TEMPLATE znuny OWNER znuny'
  recipe_of_data >"$at/lab/provisioned"
}

import_web_service() {
  local id
  id=$(sql -U znuny -d znuny -Atc "SELECT id FROM gi_webservice_config WHERE name = '$service'")
  if [[ -z $id ]]; then
    console Admin::WebService::Add --name "$service" --source-path /lab/webservice.yml
  else
    console Admin::WebService::Update --webservice-id "$id" --source-path /lab/webservice.yml
  fi
}

reset_data() {
  stop_apache
  sql -d postgres -c 'DROP DATABASE IF EXISTS znuny WITH (FORCE)' -c 'CREATE DATABASE znuny TEMPLATE znuny_clean OWNER znuny'
  rm -rf "$at/var/lib/otrs/tmp/CacheFileStorable"
}

service_url() { echo "http://127.0.0.1:$port/otrs/nph-genericinterface.pl/Webservice/$service"; }

# a wrong password must be refused by Znuny itself, out of its database
answers() {
  local tries=40 answer
  until answer=$(curl -s -m 20 --noproxy '*' -H 'Content-Type: application/json' \
    -d '{"UserLogin": "x", "Password": "x"}' "$(service_url)/Session") && [[ $answer == *SessionCreate.AuthFail* ]]; do
    ((tries-- > 0)) || { echo "no proper answer from $(service_url)/Session; the last: $answer"; return 1; }
    sleep 0.2
  done
}
