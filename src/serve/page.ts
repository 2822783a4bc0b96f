/** A plain page until the console replaces it: alerts and revocations, live. */
export const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Tripline</title>
<link rel="icon" href="/icon.svg">
<link rel="stylesheet" href="/page.css">
<header>
  <h1>Tripline</h1>
  <p id="state" role="status" data-state="connecting">connecting</p>
  <p id="summary"></p>
</header>
<main>
  <section aria-labelledby="revocations-title">
    <h2 id="revocations-title">Revocations <span id="revocations-count"></span></h2>
    <ol id="revocations"></ol>
    <div class="empty">
      <strong>Nothing was taken away yet.</strong>
      An order appears here as soon as the policy turns an alert into one, and is <em>confirmed</em> when the credential is seen to be refused.
    </div>
  </section>
  <section aria-labelledby="alerts-title">
    <h2 id="alerts-title">Alerts <span id="alerts-count"></span></h2>
    <ol id="alerts"></ol>
    <div class="empty">
      <strong>No alerts yet.</strong>
      Events that agents send to the door are judged as they arrive; what is found appears here by itself.
    </div>
  </section>
</main>
<footer>
  <a href="/api/health">health</a> <a href="/metrics">metrics</a> <a href="/api/rejects">rejected events</a> <a href="/api/gaps">coverage gaps</a>
</footer>
<noscript>The lists need JavaScript; <a href="/api/alerts">/api/alerts</a> and <a href="/api/revocations">/api/revocations</a> do not.</noscript>
<script src="/page.js"></script>
</html>
`;

export const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#1f2933"/><path d="M5 16h22" stroke="#f2b134" stroke-width="3" stroke-linecap="round"/><circle cx="16" cy="16" r="4.5" fill="#e5484d"/></svg>
`;
