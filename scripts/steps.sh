# Sourced by scripts/demo and scripts/test: steps that say their names and how long they took.

STEP_NAMES=() STEP_SECONDS=() STEP_RESULTS=()

# step "what it is" CMD…: runs it, remembers its time and gives its result.
step() {
  local name=$1 began=$SECONDS code=0
  shift
  printf '\n▸ %s\n' "$name"
  "$@" || code=$?
  STEP_NAMES+=("$name") STEP_SECONDS+=($((SECONDS - began))) STEP_RESULTS+=("$code")
  if [ $code = 0 ]; then printf '  done in %s s\n' $((SECONDS - began)); else printf '  FAILED after %s s\n' $((SECONDS - began)); fi
  return $code
}

# The table of all steps so far.
steps_table() {
  local i word
  printf '\nWhere the time went:\n'
  for i in "${!STEP_NAMES[@]}"; do
    word=ok
    [ "${STEP_RESULTS[$i]}" = 0 ] || word=FAILED
    printf '  %5s s  %-7s %s\n' "${STEP_SECONDS[$i]}" "$word" "${STEP_NAMES[$i]}"
  done
  printf '  %5s s  in all\n' "$SECONDS"
}
