#!/bin/sh
echo "listening on 80"
