<?php
/**
 * Plugin Name: Gatepost instead of Akismet's service
 * Description: Has the official Akismet plugin ask your Gatepost. Needs GATEPOST_URL in wp-config.php; see README.md.
 *
 * Every call to Akismet's service is sent to Gatepost, and none leaves for Akismet: not by name, not by IP address with
 * the name in the Host header, not by plain HTTP after a failure of TLS, and not while GATEPOST_URL is missing.
 *
 * With GATEPOST_WEBHOOK_SECRET, comments also follow what is decided in Gatepost later: see gatepost_follow.
 */

defined( 'ABSPATH' ) || exit;

add_filter( 'pre_http_request', 'gatepost_answer_for_akismet', 1, 3 );
add_action( 'wp_insert_comment', 'gatepost_remember', 10, 1 );
add_action( 'rest_api_init', 'gatepost_listen' );

const GATEPOST_ID              = 'gatepost_id'; // Gatepost's id of a comment, kept with the comment.
const GATEPOST_ARRIVES_SECONDS = 60; // By then WordPress has stored a comment that it asked about, or never will.

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
	$arguments            = gatepost_with_id( gatepost_with_key( $arguments, $host ), $path );
	$answer               = wp_remote_request( rtrim( GATEPOST_URL, '/' ) . $path . ( '' === $query ? '' : '?' . $query ), $arguments );
	if ( '/1.1/comment-check' === $path && ! is_wp_error( $answer ) ) {
		gatepost_last_id( (string) wp_remote_retrieve_header( $answer, 'x-akismet-guid' ) );
	}
	return $answer;
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

/** Name the comment by Gatepost's id in feedback, so that of two that are alike the right one is meant. */
function gatepost_with_id( $arguments, $path ) {
	$body = isset( $arguments['body'] ) ? $arguments['body'] : '';
	if ( 0 !== strpos( $path, '/1.1/submit-' ) || ! is_string( $body ) ) {
		return $arguments;
	}
	if ( preg_match( '/(?:^|&)comment_ID=(\d+)/', $body, $found ) ) {
		$id = (string) get_comment_meta( (int) $found[1], GATEPOST_ID, true );
		if ( '' !== $id ) {
			$arguments['body'] = $body . '&guid=' . rawurlencode( $id );
		}
	}
	return $arguments;
}

/** The id that the last check of this request gave; it is handed out once. */
function gatepost_last_id( $given = null ) {
	static $last = '';
	$before      = $last;
	$last        = (string) $given;
	return $before;
}

/** Keep the id of the check with the comment that WordPress stores after it. */
function gatepost_remember( $comment_id ) {
	$id = gatepost_last_id();
	if ( '' !== $id ) {
		add_comment_meta( $comment_id, GATEPOST_ID, $id, true );
	}
}

/** Take webhooks at /?rest_route=/gatepost/v1/events, where there is a secret to know them by. */
function gatepost_listen() {
	if ( ! defined( 'GATEPOST_WEBHOOK_SECRET' ) ) {
		return;
	}
	$route = array(
		'methods'             => 'POST',
		'callback'            => 'gatepost_hear',
		'permission_callback' => 'gatepost_is_signed',
	);
	register_rest_route( 'gatepost/v1', '/events', $route );
}

/** Whether the secret signed the webhook less than five minutes ago (Standard Webhooks 1.0). */
function gatepost_is_signed( $request ) {
	$sent_at = (string) $request->get_header( 'webhook-timestamp' );
	$secret  = base64_decode( (string) preg_replace( '/^whsec_/', '', GATEPOST_WEBHOOK_SECRET ), true );
	if ( ! $secret || ! ctype_digit( $sent_at ) || abs( time() - (int) $sent_at ) > 300 ) {
		return false;
	}
	$signed = $request->get_header( 'webhook-id' ) . '.' . $sent_at . '.' . $request->get_body();
	$right  = 'v1,' . base64_encode( hash_hmac( 'sha256', $signed, $secret, true ) );
	foreach ( explode( ' ', (string) $request->get_header( 'webhook-signature' ) ) as $given ) {
		if ( hash_equals( $right, $given ) ) {
			return true;
		}
	}
	return false;
}

/** An event: find the comment and have it follow. */
function gatepost_hear( $request ) {
	$event = json_decode( $request->get_body(), true );
	if ( ! isset( $event['data']['comment_id'], $event['data']['state'], $event['timestamp'] ) ) {
		return new WP_REST_Response( null, 204 );
	}
	$comments = get_comments(
		array(
			'meta_key'   => GATEPOST_ID,
			'meta_value' => $event['data']['comment_id'],
			'status'     => 'any',
			'number'     => 1,
		)
	);
	if ( $comments ) {
		gatepost_follow( $comments[0], $event['data'] );
	} elseif ( 'review' !== $event['data']['state'] && time() - strtotime( $event['timestamp'] ) < GATEPOST_ARRIVES_SECONDS ) {
		return new WP_REST_Response( null, 404 ); // Not stored yet; Gatepost tells it once more.
	}
	return new WP_REST_Response( null, 204 );
}

/**
 * Give a comment the status that follows from an event.
 *
 * What a person decided in Gatepost holds. What the machine decided does not overrule a person here, and publishes only
 * what WordPress's own settings would publish. A comment in the trash stays there.
 */
function gatepost_follow( $comment, $data ) {
	$status   = wp_get_comment_status( $comment );
	$before   = isset( $data['previous_state'] ) ? $data['previous_state'] : '';
	$said     = '' !== (string) get_comment_meta( $comment->comment_ID, 'akismet_user_result', true );
	$by_human = isset( $data['decision']['by'] ) && 'human' === $data['decision']['by'];
	if ( 'trash' === $status || ( $said && ! $by_human ) ) {
		return;
	}
	switch ( $data['state'] ) {
		case 'rejected':
		case 'discarded':
			if ( 'spam' !== $status ) {
				wp_spam_comment( $comment );
			}
			break;
		case 'approved':
			if ( 'approved' !== $status && ( ( $by_human && ! $said ) || gatepost_would_publish( $comment ) ) ) {
				wp_set_comment_status( $comment, 'approve' );
			}
			break;
		case 'review': // A decision was taken back.
			if ( in_array( $before, array( 'approved', 'rejected', 'discarded' ), true ) && ! $said ) {
				wp_set_comment_status( $comment, 'hold' );
			}
			break;
	}
}

/** Whether the settings under Discussion publish such a comment without a person. */
function gatepost_would_publish( $comment ) {
	return check_comment(
		$comment->comment_author,
		$comment->comment_author_email,
		$comment->comment_author_url,
		$comment->comment_content,
		$comment->comment_author_IP,
		$comment->comment_agent,
		$comment->comment_type
	);
}
