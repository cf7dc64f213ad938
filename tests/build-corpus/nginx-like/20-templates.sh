#!/bin/sh
echo "templates: none"
