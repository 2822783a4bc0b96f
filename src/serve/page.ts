/** A plain page until the console replaces it: alerts and revocations, live. Everything shown is hostile text, so it is set as text only. */
export const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Tripline</title>
<link rel="stylesheet" href="/page.css">
<h1>Tripline</h1>
<p id="state" role="status">connecting</p>
<h2>Revocations</h2>
<table><thead><tr><th>Time</th><th>State</th><th>Action</th><th>Target</th><th>Agent</th><th>Receiver</th><th>Why</th></tr></thead><tbody id="revocations"></tbody></table>
<h2>Alerts</h2>
<table><thead><tr><th>Time</th><th>Severity</th><th>Detector</th><th>Agent</th><th>What happened</th></tr></thead><tbody id="alerts"></tbody></table>
<script src="/page.js"></script>
</html>
`;
