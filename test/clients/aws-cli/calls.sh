#!/usr/bin/env bash
# The calls of every client, with the AWS CLI: `calls`, or `repeat COUNT PAUSE_MS`.
# One line a call: its name, ok or refused, the text that the CLI gives. It knows nothing of how credentials come.
set -u
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

call() {
  local name=$1
  shift
  if "$@" >"$out/stdout" 2>"$out/stderr"; then
    printf '%s\tok\t\n' "$name"
  else
    printf '%s\trefused\t%s\n' "$name" "$(tr -s '\n\t' '  ' <"$out/stderr")"
  fi
}

list() {
  # snippet:start
  aws s3 ls "s3://$BUCKET/acme/"
  # snippet:end
}

BUCKET=$TEST_BUCKET
echo aws-cli >"$out/body"
key='{"pk":{"S":"%s"},"sk":{"S":"clients"}}'
# shellcheck disable=SC2059
item() { printf "$key" "$1"; }

if [ "$1" = repeat ]; then
  for ((turn = 0; turn < $2; turn++)); do
    if [ "$turn" -gt 0 ]; then sleep "$(($3 / 1000))"; fi
    call 's3 get' aws s3 cp "s3://$BUCKET/acme/hello.txt" -
  done
else
  call 's3 list' list
  call 's3 put' aws s3 cp "$out/body" "s3://$BUCKET/acme/clients.txt"
  call 's3 get' aws s3 cp "s3://$BUCKET/acme/hello.txt" -
  call 's3 get other' aws s3api get-object --bucket "$BUCKET" --key globex/hello.txt "$out/other"
  call 'dynamodb put' aws dynamodb put-item --table-name "$TEST_TABLE" --item "$(item acme)"
  call 'dynamodb get' aws dynamodb get-item --table-name "$TEST_TABLE" --key "$(item acme)"
  call 'dynamodb get other' aws dynamodb get-item --table-name "$TEST_TABLE" --key "$(item globex)"
fi
