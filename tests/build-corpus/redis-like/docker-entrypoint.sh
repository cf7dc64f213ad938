#!/bin/sh
set -e
if [ "$1" = 'redis-server' ] && [ "$(id -u)" = '0' ]; then
	find . \! -user redis -exec chown redis '{}' +
	echo "$(id -u) becomes $(stat -c %u /data)"
	exit 0
fi
exec "$@"
