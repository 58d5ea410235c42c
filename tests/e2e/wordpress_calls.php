<?php
// Calls the must-use plugin with requests as WordPress makes them, and prints what becomes of each as JSON.
// Usage: php wordpress_calls.php PLUGIN REQUESTS-AS-JSON [GATEPOST_URL]

define( 'ABSPATH', '/' );
if ( isset( $argv[3] ) ) {
	define( 'GATEPOST_URL', $argv[3] );
}

class WP_Error {
	public $code;

	public function __construct( $code, $message ) {
		$this->code = $code;
	}
}

function add_filter( $name, $function, $priority, $n_arguments ) {
	global $filter;
	$filter = $function;
}

function wp_remote_request( $url, $arguments ) {
	return array( $url, $arguments );
}

require $argv[1];
$answers = array();
foreach ( json_decode( $argv[2], true ) as list( $url, $arguments ) ) {
	$answers[] = $filter( false, $arguments, $url );
}
echo json_encode( $answers );
