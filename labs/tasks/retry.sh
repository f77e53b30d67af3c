# Runs a command. Repeats it every 5 seconds, up to 5 minutes, while AWS rejects it with one of these words.
retry_while() {
  local words=$1 answer try
  shift
  for try in $(seq 60); do
    if answer=$("$@" 2>&1); then echo "$answer"; return 0; fi
    grep -qE "$words" <<< "$answer" || break
    sleep 5
  done
  echo "$answer" >&2
  return 1
}
