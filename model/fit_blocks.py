#!/usr/bin/env python3
"""Fits the weights of HTML blocks and writes them as src/clean/classify/weights.rs.

    pip install numpy==2.4.6
    cargo build --release --example block_rows
    model/fit_blocks.py SET_DIR...       (each with cases.jsonl and pages/, unpacked; SET_DIR=0.5 halves a set's weight)

One question a block: is it the article's text? Logistic regression (Newton's method, L2) over the features of
src/clean/classify/features.rs. A block is text where most of its word triples stand in the page's labelled body; blocks
count by their length, and long pages by less than their length. Prints accuracy on a third of the pages that the fit has not
seen. Same corpus, same weights.
"""
import json, os, pathlib, re, subprocess, sys, tempfile

os.environ.setdefault('OMP_NUM_THREADS', '1')
import numpy as np

HOME = pathlib.Path(__file__).resolve().parent.parent
ROWS = HOME / 'target/release/examples/block_rows'
CJK = '\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff'
TOKEN = re.compile(f'[{CJK}]|(?:(?![{CJK}])\\w)+')
L2 = 1.0
HEAD = '''//! The fitted weights of [`super::features`], in their order.
//!
//! Written by `model/fit_blocks.py`: logistic regression over blocks of labelled pages; not to be edited by hand.

use super::features::FEATURES;

/// Log odds per unit of a feature.
#[rustfmt::skip]
pub(super) const WEIGHTS: [f32; FEATURES] = [
%s];

/// Log odds of a block of which nothing is known.
pub(super) const CONSTANT: f32 = %.3f;
'''


def tokens(s):
    return TOKEN.findall((s or '').lower())


def rows(folder, weight):
    """Features, labels and weights of a set, and a number for each page."""
    with tempfile.TemporaryDirectory() as tmp:
        numbers, texts = f'{tmp}/rows.bin', f'{tmp}/rows.jsonl'
        subprocess.run([ROWS, folder, numbers, texts], check=True)
        y, w, page = [], [], []
        for n, line in enumerate(open(texts, encoding='utf-8')):
            case = json.loads(line)
            gold = tokens(case['gold'])
            triples, joined = set(zip(gold, gold[1:], gold[2:])), f" {' '.join(gold)} "
            own = []
            for text in case['blocks']:
                t = tokens(text)
                if len(t) >= 5:
                    y.append(sum(x in triples for x in zip(t, t[1:], t[2:])) > 0.6 * (len(t) - 2))
                else:
                    y.append(bool(t) and f" {' '.join(t)} " in joined)
                own.append((np.log(1 + len(t)) + 0.0375 * min(len(t), 80)) * (1 if len(t) >= 5 else 0.4))
                page.append(n)
            w += [x * weight * 60 / (60 + sum(own)) for x in own]
        x = np.fromfile(numbers, '<f4').reshape(len(y), -1).astype(np.float64)
    return x, np.array(y, float), np.array(w), np.array(page)


def fit(x, y, w):
    """Weights for standardised features by Newton's method, given back for the features as they are."""
    scale = np.maximum(x.std(0), 1e-6)
    a = np.hstack([x / scale, np.ones((len(x), 1))])
    beta, ridge = np.zeros(a.shape[1]), np.diag([L2] * x.shape[1] + [1e-9])
    for _ in range(12):
        p = 1 / (1 + np.exp(-np.clip(a @ beta, -30, 30)))
        grad = a.T @ (w * (p - y)) + ridge @ beta
        hess = (a * (w * np.maximum(p * (1 - p), 1e-6))[:, None]).T @ a + ridge
        step = np.linalg.solve(hess, grad)
        beta -= step
        if np.abs(step).max() < 1e-6:
            break
    return np.append(beta[:-1] / scale, beta[-1])


def main(folders):
    sets = []
    for folder in folders:
        name, _, weight = folder.partition('=')
        sets.append((name, rows(name, float(weight or 1))))
    x, y, w = (np.concatenate([s[1][i] for s in sets]) for i in range(3))
    held = np.concatenate([s[1][3] % 3 == 0 for s in sets])
    beta = fit(x[~held], y[~held], w[~held])
    at = 0
    for name, part in sets:
        mine = np.arange(at, at + len(part[1]))[held[at:at + len(part[1])]]
        right = ((x[mine] @ beta[:-1] + beta[-1] > 0) == (y[mine] > 0.5))
        print(json.dumps({'set': pathlib.Path(name).name, 'held_out_blocks': len(mine), 'accuracy': round(float(np.average(right, weights=w[mine])), 4)}))
        at += len(part[1])
    beta = fit(x, y, w)
    body = ''.join('    ' + ' '.join(f'{v:.3f},' for v in beta[i:min(i + 9, len(beta) - 1)]) + '\n' for i in range(0, len(beta) - 1, 9))
    (HOME / 'src/clean/classify/weights.rs').write_text(HEAD % (body, beta[-1]))


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]) if len(sys.argv) > 1 else __doc__)
