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

function add_action( $name, $function ) {
}

function is_wp_error( $value ) {
	return $value instanceof WP_Error;
}

function wp_remote_retrieve_header( $answer, $name ) {
	return '';
}

function get_comment_meta( $comment_id, $name, $single ) {
	return 7 === $comment_id && 'gatepost_id' === $name ? 'cmt_7' : '';
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
