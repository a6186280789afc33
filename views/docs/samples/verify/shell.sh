# To look at one request by hand: verify.sh "VALUE OF HostedHooks-Signature" FILE-WITH-THE-BODY
printf '%s' "$1" | grep -Eqx 't=[0-9]{1,12},s=[0-9a-f]{64}' || { echo refused; exit 1; }
time=${1#t=} time=${time%%,*} signature=${1##*,s=}
expected=$({ printf '%s.' "$time"; cat "$2"; } |
  openssl dgst -sha256 -hmac "$HOSTEDHOOKS_SIGNING_SECRET" -r | cut -d ' ' -f 1)
age=$(($(date +%s) - time))
if [ "$signature" = "$expected" ] && [ "${age#-}" -le 300 ]; then echo genuine; else echo refused; exit 1; fi
