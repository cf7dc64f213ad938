cd /var/www/html && cp -r /usr/src/wordpress/. . && ls && echo "$1"
