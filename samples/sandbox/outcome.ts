const ERRORS: Readonly<Record<number, string>> = {
  401: 'invalid_token',
  403: 'insufficient_scope',
  404: 'not_found',
  409: 'conflict',
  429: 'rate_limited',
  503: 'unavailable',
};

/** What an HTTP status means for the caller. */
export function outcomeOf(status: number): 'ok' | 'error' | 'denied' {
  if (status === 401 || status === 403) return 'denied';
  return status < 400 ? 'ok' : 'error';
}

/** The error fields of an event; none where the call went well. */
export function errorFields(status: number): { error_status?: number; error_type?: string } {
  return status < 400 ? {} : { error_status: status, error_type: ERRORS[status] ?? 'server_error' };
}
