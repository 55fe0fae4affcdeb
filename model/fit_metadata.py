#!/usr/bin/env python3
"""Fits the choice of a page's headline and authors, and writes src/clean/metadata/headline/model.bin and authors/weights.rs.

    pip install lightgbm==4.7.0 numpy==2.4.6
    cargo build --release --example metadata_rows     (or name another build of it by METADATA_ROWS)
    model/fit_metadata.py SET_DIR...       (each with cases.jsonl and pages/, or the text in it, unpacked; SET_DIR=0.5 halves its weight)

A page's candidates are a distribution: the softmax over their scores. Headline: the scores are sums of boosted trees, each grown on
the gradient of the log probability of the candidates that equal the labelled title (letters and digits alone); labels that keep the
site's name are left out. Authors: sums of features times weights, by the expected token F1; where a set that labels authors names
none for an article, nobody is right; L2, Adam, full batches. Scraped text has weights of its own for its authors, and no headline here.
The trees' seed is fixed: same corpus, same tables. Prints the measures on five folds by domain. Headline before authors: the authors'
features speak of it, so build once more and run again after a change of the headline's table.
"""
import collections, json, os, pathlib, re, struct, subprocess, sys, tempfile, unicodedata

os.environ.setdefault('OMP_NUM_THREADS', '1')
import lightgbm as lgb
import numpy as np

from folds import fold as fold_of
from train_blocks import HOME, table

ROWS = os.environ.get('METADATA_ROWS', str(HOME / 'target/release/examples/metadata_rows'))
FOLDS, STEPS, RATE = 5, 500, 0.05
# What a page that names nobody weighs: of scraped text more, since more of its lines look like a name.
NOBODY = {'authors': 0.25, 'authors of text': 2}
# As in src/clean/metadata/headline/candidates.rs.
SOURCES, PARTS, BEFORE_SITE, AFTER_SITE = 13, 6, 1, 3
L2 = 1e-3
TREES = 200
HOW = dict(num_leaves=4, learning_rate=0.1, min_data_in_leaf=15, feature_fraction=0.3, bagging_fraction=0.8, bagging_freq=1, lambda_l2=10,
           max_bin=63, verbose=-1, num_threads=2, seed=7, deterministic=True, force_row_wise=True)
HEAD = '''//! The fitted weights of [`super::features`], in their order.
//!
//! Written by `model/fit_metadata.py`: a softmax over a page's candidates, labelled pages; not to be edited by hand.

use super::features::FEATURES;
'''
WEIGHTS = '''
/// Log odds per unit of a feature, of %s.
#[rustfmt::skip]
pub(super) const %s: [f32; FEATURES] = [
%s];
'''


def flat(s):
    return re.sub(r'\W+', ' ', unicodedata.normalize('NFKC', s or '').lower()).strip()


def keeps_site(gold, candidates):
    """Whether a label keeps the site's name at either end, which some sets do and no reader wants."""
    cut = lambda x, part: any(x[s * PARTS + part] for s in range(SOURCES))
    return any(gold != flat(t) and flat(t) and (cut(x, BEFORE_SITE) and gold.startswith(flat(t)) or cut(x, AFTER_SITE) and gold.endswith(flat(t)))
               for t, x in candidates)


def f1(names, gold):
    g, h = set(flat(gold).split()), set(flat(names).split())
    return 2 * len(g & h) / (len(g) + len(h)) if g or h else 0.0


def pages(folder, weight):
    """For each question its pages: weight, fold, set, features, rewards."""
    out = {question: [] for question in FITS}
    with tempfile.TemporaryDirectory() as tmp:
        subprocess.run([ROWS, folder, f'{tmp}/rows.jsonl'], check=True)
        rows = {r['id']: r for r in map(json.loads, open(f'{tmp}/rows.jsonl', encoding='utf-8'))}
    cases = [c for c in map(json.loads, open(f'{folder}/cases.jsonl', encoding='utf-8')) if c['type'] == 'article' and c['id'] in rows]
    authored = sum(bool(c.get('author')) for c in cases) * 2 > len(cases)
    for case in cases:
        found = rows[case['id']]
        fold = fold_of(case, FOLDS)
        common = (fold, pathlib.Path(folder).name)
        if case.get('title') and found['headline'] and not keeps_site(flat(case['title']), found['headline']):
            y = [float(flat(t) == flat(case['title'])) for t, _ in found['headline']]
            out['headline'].append((weight, *common, np.array([x for _, x in found['headline']]), np.array(y), True))
        authors = 'authors of text' if 'page_text' in case else 'authors'
        if found['authors'] and (case.get('author') or authored):
            y = [f1(t, case['author']) if case.get('author') else float(not t) for t, _ in found['authors']]
            w = weight if case.get('author') else weight * NOBODY[authors]
            out[authors].append((w, *common, np.array([x for _, x in found['authors']]), np.array(y), bool(case.get('author'))))
    return out


class Softmax:
    """Pages' candidates one after the other, and what a score more of each is worth."""

    def __init__(self, pages):
        pages = [p for p in pages if p[4].any()]
        self.x, self.y = np.concatenate([p[3] for p in pages]), np.concatenate([p[4] for p in pages])
        self.of = np.repeat(np.arange(len(pages)), [len(p[4]) for p in pages])
        self.starts = np.r_[0, np.cumsum([len(p[4]) for p in pages])[:-1]]
        self.w = np.array([p[0] for p in pages])[self.of]
        self.total = sum(p[0] for p in pages)

    def gradient(self, s):
        """The candidates' probabilities, and the gradient of the loss by their scores, without the pages' weights."""
        e = np.exp(s - np.maximum.reduceat(s, self.starts)[self.of])
        p = e / np.add.reduceat(e, self.starts)[self.of]
        right = np.add.reduceat(p * self.y, self.starts)[self.of]
        # Log probability of what is right, and of what is partly right by its share.
        return p, p - p * self.y / np.maximum(right, 1e-9)


def weigh(pages):
    d = Softmax(pages)
    beta = np.zeros(d.x.shape[1])
    m, v = beta.copy(), beta.copy()
    for step in range(1, STEPS + 1):
        grad = d.x.T @ (d.gradient(d.x @ beta)[1] * d.w / d.total) + L2 * beta
        m, v = 0.9 * m + 0.1 * grad, 0.999 * v + 0.001 * grad * grad
        beta = beta - RATE * (m / (1 - 0.9 ** step)) / (np.sqrt(v / (1 - 0.999 ** step)) + 1e-8)
    return beta


def grow(pages):
    d = Softmax(pages)

    def objective(scores, _):
        p, grad = d.gradient(scores)
        return grad * d.w, np.maximum(p * (1 - p), 1e-3) * d.w
    return lgb.train(HOW | dict(objective=objective), lgb.Dataset(d.x, d.y, params={'verbose': -1, 'max_bin': HOW['max_bin']}), TREES)


# How a question's table is fitted, and how it scores candidates.
FITS = {'headline': (grow, lambda trees, x: trees.predict(x, raw_score=True)),
        'authors': (weigh, lambda beta, x: x @ beta), 'authors of text': (weigh, lambda beta, x: x @ beta)}


def measure(question, pages):
    got, best, count = collections.Counter(), collections.Counter(), collections.Counter()
    for fold in range(FOLDS):
        fit, score = FITS[question]
        fitted = fit([p for p in pages if p[1] != fold])
        for _, f, name, x, y, labelled in pages:
            if f == fold:
                name = name if labelled else name + ' (nobody)'
                count[name] += 1
                got[name] += y[int(np.argmax(score(fitted, x)))]
                best[name] += y.max()
    for name in count:
        print(json.dumps({'question': question, 'set': name, 'pages': count[name], 'cross_validated': round(got[name] / count[name], 4),
                          'best_candidate': round(best[name] / count[name], 4)}), flush=True)


def main(folders):
    found = []
    for folder in folders:
        name, _, weight = folder.partition('=')
        found.append(pages(name, float(weight or 1)))
    fitted = {}
    for question, (fit, _) in FITS.items():
        everything = [page for pages in found for page in pages[question]]
        measure(question, everything)
        fitted[question] = fit(everything)
    home = HOME / 'src/clean/metadata'
    (home / 'headline/model.bin').write_bytes(b'CDT1' + struct.pack('<I', 1) + table(fitted['headline']))
    rows = lambda weights: ''.join('    ' + ' '.join(f'{v:.3f},' for v in weights[i:i + 9]) + '\n' for i in range(0, len(weights), 9))
    of = (('HTML pages', 'HTML', 'authors'), ('scraped text', 'TEXT', 'authors of text'))
    (home / 'authors/weights.rs').write_text(HEAD + ''.join(WEIGHTS % (what, name, rows(fitted[question])) for what, name, question in of))


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]) if len(sys.argv) > 1 else __doc__)
