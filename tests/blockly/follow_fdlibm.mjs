// Later versions of V8 can take sine, cosine and powers from another library, which rounds
// some last digits otherwise; the functions of before are still there and are what blockcast
// follows. Import this before any of them is compiled.
import { execFileSync } from 'node:child_process';
import v8 from 'node:v8';

const known = execFileSync(process.execPath, ['--v8-options'], { encoding: 'utf8' });
for (const flag of ['use-libm-trig-functions', 'use-std-math-pow']) {
  if (known.includes(`--${flag}`)) v8.setFlagsFromString(`--no-${flag}`);
}
