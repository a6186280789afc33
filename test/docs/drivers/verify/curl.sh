while [ $# -gt 0 ]; do
  sh sample.sh "$1" "$2"
  shift 2
done
true
