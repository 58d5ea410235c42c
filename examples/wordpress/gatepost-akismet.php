<?php
/**
 * Plugin Name: Gatepost instead of Akismet's service
 * Description: Has the official Akismet plugin ask your Gatepost. Needs GATEPOST_URL in wp-config.php; see README.md.
 *
 * Every call to Akismet's service is sent to Gatepost, and none leaves for Akismet: not by name, not by IP address with
 * the name in the Host header, not by plain HTTP after a failure of TLS, and not while GATEPOST_URL is missing.
 */

defined( 'ABSPATH' ) || exit;

add_filter( 'pre_http_request', 'gatepost_answer_for_akismet', 1, 3 );

/** Whether a host is the service's, with or without a key in front: KEY.rest.akismet.com. */
function gatepost_is_akismet( $host ) {
	return 1 === preg_match( '/^(?:[a-z0-9-]+\.)*akismet\.com\.?(?::\d+)?$/i', trim( (string) $host ) );
}

/** Answer a request to Akismet's service from Gatepost; leave every other request as it is. */
function gatepost_answer_for_akismet( $answer, $arguments, $url ) {
	$host    = (string) parse_url( $url, PHP_URL_HOST );
	$headers = isset( $arguments['headers'] ) && is_array( $arguments['headers'] ) ? $arguments['headers'] : array();
	foreach ( $headers as $name => $value ) {
		if ( 'host' === strtolower( $name ) ) {
			if ( gatepost_is_akismet( $value ) ) {
				$host = (string) $value;
			}
			unset( $headers[ $name ] );
		}
	}
	if ( ! gatepost_is_akismet( $host ) ) {
		return $answer;
	}
	if ( ! defined( 'GATEPOST_URL' ) || ! preg_match( '#^https?://[^/]+#', GATEPOST_URL ) ) {
		return new WP_Error( 'gatepost_url', 'Define GATEPOST_URL in wp-config.php; nothing is sent to Akismet.' );
	}
	$path  = (string) parse_url( $url, PHP_URL_PATH );
	$query = (string) parse_url( $url, PHP_URL_QUERY );

	$arguments['headers'] = $headers; // Without a Host header the one of GATEPOST_URL is sent.
	$arguments            = gatepost_with_key( $arguments, $host );
	return wp_remote_request( rtrim( GATEPOST_URL, '/' ) . $path . ( '' === $query ? '' : '?' . $query ), $arguments );
}

/** Carry a key that stands only in the host's first label over into the form, since the host is another one now. */
function gatepost_with_key( $arguments, $host ) {
	if ( ! preg_match( '/^([a-f0-9]{12})\./i', $host, $found ) ) {
		return $arguments;
	}
	$body = isset( $arguments['body'] ) ? $arguments['body'] : array();
	if ( is_array( $body ) ) {
		$arguments['body'] = $body + array( 'api_key' => $found[1] );
	} elseif ( ! preg_match( '/(?:^|&)api_key=/', $body ) ) {
		$arguments['body'] = $body . ( '' === $body ? '' : '&' ) . 'api_key=' . $found[1];
	}
	return $arguments;
}
