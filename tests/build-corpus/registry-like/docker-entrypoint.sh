#!/bin/sh
set -e
exec registry serve "$@"
