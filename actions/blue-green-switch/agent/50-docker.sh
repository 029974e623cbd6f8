# Every container that we start carries these labels, and nothing without them is ever touched. The folder is one of
# them: the same application may be deployed twice on a host, for production and for staging.
docker_of() {
  docker ps -a --no-trunc -q --filter "label=bluegreen.home=$home" --filter "label=bluegreen.color=$1" 9>&-
}

docker_running() {
  docker ps --no-trunc -q --filter "label=bluegreen.home=$home" --filter "label=bluegreen.color=$1" 9>&-
}

# docker_strangers COLOR: containers that are not ours and have the name, or are in the project, that ours would get:
# compose would take them for its own and put new ones in their place.
docker_strangers() {
  {
    docker ps -a --filter "name=^/$app-$1\$" --format '{{.Names}} {{.Label "bluegreen.home"}}' 9>&-
    docker ps -a --filter "label=com.docker.compose.project=$(compose_project "$1")" \
      --format '{{.Names}} {{.Label "bluegreen.home"}}' 9>&-
  } 2>>"$out" | awk -v home="$home" '$2 != home { print $1 }' | sort -u | tr '\n' ' '
}

# docker_restarts COLOR: how often its containers were started anew: a crash loop looks alive between two crashes.
docker_restarts() {
  docker_ids=$(docker_of "$1")
  [ -n "$docker_ids" ] || { echo 0 && return; }
  # shellcheck disable=SC2086 # one id a word
  docker inspect -f '{{.RestartCount}}' $docker_ids 2>/dev/null 9>&- |
    { docker_sum=0 && while read -r docker_n; do docker_sum=$((docker_sum + docker_n)); done && echo "$docker_sum"; }
}

# docker_sick COLOR: a container whose own health check has failed, or that is not running any more.
docker_sick() {
  docker_ids=$(docker_of "$1")
  [ -n "$docker_ids" ] || { echo "no container" && return; }
  # shellcheck disable=SC2086 # one id a word
  docker inspect -f '{{.Name}} {{.State.Status}} {{if .State.Health}}{{.State.Health.Status}}{{else}}-{{end}} {{.State.ExitCode}} {{.State.OOMKilled}}' \
    $docker_ids 2>/dev/null 9>&- |
    while read -r docker_name docker_state docker_health docker_code docker_oom; do
      if [ "$docker_state" != running ]; then
        echo "${docker_name#/} is $docker_state (exit $docker_code, out of memory: $docker_oom)"
      elif [ "$docker_health" = unhealthy ]; then
        echo "${docker_name#/} calls itself unhealthy"
      elif [ "$docker_health" = starting ]; then
        echo "${docker_name#/} has not called itself healthy yet"
      fi
    done
}

# docker_logs COLOR: what the containers said last, and what their health checks said.
docker_logs() {
  for docker_id in $(docker_of "$1"); do
    # Lines may be long.
    docker logs --tail 100 "$docker_id" 2>&1 9>&- | tail -c 1048576 >"$home/log/$deploy.container"
    docker inspect -f '{{if .State.Health}}{{range .State.Health.Log}}health check, exit {{.ExitCode}}: {{.Output}}{{println}}{{end}}{{end}}' \
      "$docker_id" >>"$home/log/$deploy.container" 2>/dev/null 9>&-
    show_output "$home/log/$deploy.container" 60
    cat "$home/log/$deploy.container" >>"$out"
    rm -f "$home/log/$deploy.container"
  done
}

# docker_stop COLOR MILLISECONDS: asks the containers to end, kills them after the time, and keeps them stopped.
docker_stop() {
  docker_ids=$(docker_running "$1")
  [ -n "$docker_ids" ] || return 0
  # shellcheck disable=SC2086 # one id a word
  {
    docker update --restart no $docker_ids
    docker stop -t "$((($2 + 999) / 1000))" $docker_ids
  } >>"$out" 2>&1 9>&-
  for docker_id in $docker_ids; do
    if [ "$(docker inspect -f '{{.State.ExitCode}}' "$docker_id" 2>/dev/null 9>&-)" = 137 ]; then
      event warning "A container of $1 did not end within $2 ms and was killed: what it had begun may be lost."
    fi
  done
  [ -z "$(docker_running "$1")" ]
}

docker_remove() {
  docker_ids=$(docker_of "$1")
  [ -n "$docker_ids" ] || return 0
  # shellcheck disable=SC2086 # one id a word
  docker rm -f $docker_ids >>"$out" 2>&1 9>&-
}

# docker_pull: brings the image here, by its digest, and writes down what the engine calls it.
docker_pull() {
  # A release that was here before keeps its image: the tag in its plan may name another one by now.
  docker_image=$(image_of_release)
  if [ -n "$docker_image" ] && [ "$(plan image-pull 1)" = 1 ] && ! docker_has "$docker_image"; then
    docker_space && docker_log_in && docker_fetch
    docker_status=$?
    docker_log_out
    [ $docker_status = 0 ] || return 1
  fi
  docker_log_out
  [ -n "$docker_image" ] || return 0
  docker_digest=$(docker image inspect -f '{{if .RepoDigests}}{{index .RepoDigests 0}}{{else}}{{.Id}}{{end}}' \
    "$docker_image" 2>>"$out" 9>&-)
  if [ -z "$docker_digest" ]; then
    event error "The image is not on the host: $docker_image"
    return 1
  fi
  case $docker_image in
    *@sha256:* | sha256:*) docker_digest=$docker_image ;;
  esac
  put "$release_dir/image" "digest=$docker_digest"
}

docker_fetch() {
  limited 1800000 "$home/log/$deploy.pull" docker ${docker_config:+--config "$docker_config"} pull -q "$docker_image"
  docker_fetched=$?
  if [ $docker_fetched != 0 ]; then
    show_output "$home/log/$deploy.pull" 20
    event error "The image cannot be pulled: $docker_image"
  fi
  rm -f "$home/log/$deploy.pull"
  return $docker_fetched
}

# Only a digest names one image for ever; a tag is asked for anew.
docker_has() {
  case $1 in
    *@sha256:* | sha256:*) docker image inspect "$1" >/dev/null 2>&1 9>&- ;;
    *) return 1 ;;
  esac
}

# The login lives in a folder of its own for the length of the pull; the password comes by a file, never by argument.
docker_log_in() {
  docker_config=
  [ -n "$(plan registry)" ] || return 0
  if [ ! -e "$release_dir/registry-password" ]; then
    event error "The image of $release is not on the host any more, and the password of the registry is not kept here: deploy the release again."
    return 1
  fi
  docker_config=$(mktemp -d "$home/log/login.XXXXXX") || return 1
  if docker --config "$docker_config" login -u "$(plan registry-user)" --password-stdin "$(plan registry)" \
    <"$release_dir/registry-password" >"$docker_config/said" 2>&1 9>&-; then
    return 0
  fi
  show_output "$docker_config/said" 5
  event error "The registry $(plan registry) refused the login of $(plan registry-user)."
  return 1
}

docker_log_out() {
  if [ -n "$docker_config" ]; then rm -rf "$docker_config"; fi
  docker_config=
  rm -f "$release_dir/registry-password"
}

# docker_space: twice the size of the image in use has to be free, and at least what the plan says.
docker_space() {
  docker_root=$(docker info -f '{{.DockerRootDir}}' 2>/dev/null 9>&-)
  [ -d "$docker_root" ] || return 0
  docker_free=$(df -Pk "$docker_root" | awk 'NR == 2 { print $4 }')
  docker_used=$(docker image inspect -f '{{.Size}}' "$(get "$home/state" digest || echo none)" 2>/dev/null 9>&-)
  is_number "$docker_used" || docker_used=0
  docker_want=$((docker_used / 512))
  docker_least=$(($(plan disk-free 0) / 1024))
  if [ "$docker_want" -lt "$docker_least" ]; then docker_want=$docker_least; fi
  [ "$docker_free" -ge "$docker_want" ] && return 0
  event error "Too little disk space for an image in $docker_root: $((docker_free / 1024)) MiB free, $((docker_want / 1024)) MiB wanted. Remove images that nothing uses."
  return 1
}

# docker_run COLOR: one container from the image.
docker_run() {
  set -- "$1" "$(port_of "$1")"
  docker_color=$1
  docker_port=$2
  set -- run -d --name "$app-$docker_color" --init --restart unless-stopped \
    --label "bluegreen.home=$home" --label "bluegreen.app=$app" --label "bluegreen.color=$docker_color" --label "bluegreen.release=$release" \
    --label "bluegreen.deploy=$deploy" -p "127.0.0.1:$docker_port:$(plan image-port)" \
    -e "COLOR=$docker_color" -e "RELEASE=$release"
  docker_n=1
  while docker_word=$(get "$plan_file" "env-file-$docker_n"); do
    set -- "$@" --env-file "$release_dir/$docker_word"
    docker_n=$((docker_n + 1))
  done
  docker_n=1
  while docker_word=$(get "$plan_file" "image-option-$docker_n"); do
    set -- "$@" "$docker_word"
    docker_n=$((docker_n + 1))
  done
  set -- "$@" "$(image_of_release)"
  docker_n=1
  while docker_word=$(get "$plan_file" "image-command-$docker_n"); do
    set -- "$@" "$docker_word"
    docker_n=$((docker_n + 1))
  done
  limited 300000 "$home/log/$deploy.start" docker "$@" && return 0
  docker_status=$?
  # A container that could not have its port stays behind as `Created`, and its name blocks the next one.
  docker_remove "$docker_color"
  return $docker_status
}

# compose_labels COLOR: writes what is laid over the compose file, and sets $compose_overlay to it.
compose_labels() {
  compose_overlay="$release_dir/labels.$1.yml"
  compose_files=
  docker_n=1
  while docker_word=$(get "$plan_file" "env-file-$docker_n"); do
    compose_files="$compose_files
      - $release_dir/$docker_word"
    docker_n=$((docker_n + 1))
  done
  set -- "$1" "$compose_overlay" "services:
  $(plan compose-service):
    restart: unless-stopped${compose_files:+
    env_file:$compose_files}
    labels:
      bluegreen.home: \"$home\"
      bluegreen.app: \"$app\"
      bluegreen.color: \"$1\"
      bluegreen.release: \"$release\"
      bluegreen.deploy: \"$deploy\""
  # Each command of the run asks for it; the same text is not written again.
  [ "$(cat "$2" 2>/dev/null)" = "$3" ] || put "$2" "$3"
}

# compose_project COLOR: names of projects are lower case.
compose_project() {
  printf '%s' "$app-$1" | tr 'A-Z.' 'a-z-'
}

# docker_compose COLOR ARGUMENT...: the service in a project of its own, with our labels laid over its file.
docker_compose() {
  compose_color=$1
  shift
  compose_labels "$compose_color" || return 1
  set -- -p "$(compose_project "$compose_color")" -f "$release_dir/$(plan compose-file)" -f "$compose_overlay" "$@"
  docker_n=1
  while docker_word=$(get "$plan_file" "env-file-$docker_n"); do
    set -- --env-file "$release_dir/$docker_word" "$@"
    docker_n=$((docker_n + 1))
  done
  if docker compose version >/dev/null 2>&1 9>&-; then set -- docker compose "$@"; else set -- docker-compose "$@"; fi
  limited 600000 "$home/log/$deploy.start" env APP="$app" COLOR="$compose_color" PORT="$(port_of "$compose_color")" \
    RELEASE="$release" IMAGE="$(image_of_release)" RELEASE_DIR="$release_dir" "$@"
}
