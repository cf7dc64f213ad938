<?php
// Debian's wp-config.php takes the file that is called by the host, or this one, whatever the host is called.
define('DB_NAME', 'wordpress');
define('DB_USER', 'root');
define('DB_PASSWORD', $_SERVER['MYSQL_ENV_MYSQL_ROOT_PASSWORD']);
define('DB_HOST', $_SERVER['MYSQL_PORT_3306_TCP_ADDR']);
define('WP_CONTENT_DIR', '/var/lib/wordpress/wp-content');
