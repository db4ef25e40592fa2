"""Opens a page in headless Chromium, without network: it must print nothing to the console, and axe must find nothing.

Usage: page.py CHROMIUM AXE PAGE FOLDER. AXE is axe.min.js of npm's axe-core. Pictures in light, dark and as print (PDF) go to FOLDER.
Prints how many rules passed; fails with every violation.
"""

import json
import pathlib
import re
import subprocess
import sys

# The page forbids scripts; axe gets a copy without that rule.
CSP = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
RUN = """<script>%s</script><script>
for (const details of document.querySelectorAll('details')) details.open = true;
axe.run(document, {resultTypes: ['violations']}).then(found => {
  const out = document.createElement('pre');
  out.id = 'axe-result';
  out.textContent = 'AXE' + btoa(unescape(encodeURIComponent(JSON.stringify({
    passes: found.passes.length,
    violations: found.violations.map(v => [v.id, v.impact, v.help, v.nodes.slice(0, 3).map(n => n.html)])
  })))) + 'AXE';
  document.body.append(out);
});
</script>"""


def chromium(program, *arguments):
    common = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars", "--host-resolver-rules=MAP * ~NOTFOUND"]
    return subprocess.run([program, *common, *arguments], capture_output=True, text=True, timeout=240)


def main(program, axe, page, folder):
    import base64

    page, folder = pathlib.Path(page).resolve(), pathlib.Path(folder).resolve()
    opened = chromium(program, "--enable-logging=stderr", "--log-level=0", "--dump-dom", page.as_uri())
    said = [line for line in opened.stderr.splitlines() if "CONSOLE" in line]
    if opened.returncode != 0 or said:
        sys.exit(f"the page does not open cleanly ({opened.returncode}):\n" + "\n".join(said))
    text = page.read_text(encoding="utf-8")
    if len(CSP.findall(text)) != 1:
        sys.exit("the page does not forbid scripts")
    faults = []
    passes = 0
    for name, scheme in (("light", "1"), ("dark", "0")):
        copy = folder / f"{name}.html"
        script = pathlib.Path(axe).read_text(encoding="utf-8").replace("</script", "<\\/script")
        copy.write_text(CSP.sub("", text).replace("</body>", RUN % script + "</body>"), encoding="utf-8")
        colors = f"--blink-settings=preferredColorScheme={scheme}"
        judged = chromium(program, colors, "--virtual-time-budget=60000", "--window-size=1200,1500", "--dump-dom", copy.as_uri())
        found = re.search(r"AXE([A-Za-z0-9+/=]+)AXE", judged.stdout)
        if not found:
            sys.exit(f"axe gave no answer:\n{judged.stderr[-2000:]}")
        result = json.loads(base64.b64decode(found.group(1)))
        passes += result["passes"]
        faults += [f"{name}: {violation}" for violation in result["violations"]]
        picture = folder / f"{name}.png"
        chromium(program, colors, "--window-size=1200,900", f"--screenshot={picture}", page.as_uri())
        if picture.stat().st_size < 10_000:
            sys.exit(f"the picture {name} is empty")
    print_out = folder / "print.pdf"
    chromium(program, "--no-pdf-header-footer", f"--print-to-pdf={print_out}", page.as_uri())
    if print_out.stat().st_size < 10_000:
        sys.exit("the print is empty")
    if faults:
        sys.exit("\n".join(faults))
    print(passes)


main(*sys.argv[1:])
