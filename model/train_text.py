#!/usr/bin/env python3
"""Trains the model of scraped text and writes its table, src/clean/text/model.bin.

    pip install lightgbm==4.7.0 numpy==2.4.6
    cargo build --release --example text_rows --example text_pages
    model/train_text.py CASES_DIR        (text.jsonl and many.jsonl, unpacked, and pages.jsonl by the example text_pages)

Two questions a line (is it body? does it head an article?), two passes; the second reads the first's out-of-fold scores, is asked of the
lines that these do not rule out, and is the mean of several seeds' trees. A line weighs as much as its words count in its page's word F1.
Half of the pages are learned from without their address. Folds are by domain. Prints cross-validated figures. Same corpus, same table.
"""
import collections, json, os, pathlib, struct, subprocess, sys, zlib

import lightgbm as lgb
import numpy as np

from folds import fold as fold_of
from train_blocks import table, tokens

HOME = pathlib.Path(__file__).resolve().parent.parent
ROWS = next((p for p in (HOME / f'target/{b}/examples/text_rows' for b in ('release', 'debug')) if p.exists()), None)
FOLDS = 4
TREES = (80, 100)
SEEDS = ((7,), (7, 8, 9))
# From which of the first pass's scores on a line is asked again, as in src/clean/text/mod.rs: body, whichever is the higher; headline.
OPEN_AT = (0.02, 0.002)
# The second pass's features that an address gives, and what they are without one (src/clean/text/address.rs).
ADDRESS, ABSENT = slice(162, 166), -1
# Sets, what a page's lines weigh together, and a headline. `many` is composed; `pages` are of other kinds than what is judged.
WEIGHTS = {'text': (160, 1), 'many': (240, 2), 'pages': (50, 0.15)}
WORDS_MIN = 50          # a page of fewer words weighs less
PARAMS = dict(objective='binary', num_leaves=16, learning_rate=0.12, min_data_in_leaf=60, feature_fraction=0.5, bagging_fraction=0.8,
              bagging_freq=1, lambda_l2=5, max_bin=127, verbose=-1, num_threads=2, deterministic=True, force_row_wise=True)


def body_labels(T, K, bodies):
    """A long line is body where most of its 4-grams are gold; a short one where it equals a gold line, near long ones."""
    gold, grams = collections.Counter(), set()
    for body in bodies:
        gold.update(' '.join(tokens(l)) for l in body.split('\n') if tokens(l))
        t = tokens(body)
        grams.update(tuple(t[i:i + 4]) for i in range(len(t) - 3))
    y, used = np.zeros(len(T), np.float32), collections.Counter()
    for i, t in enumerate(T):
        if len(t) >= 8 and sum(tuple(t[j:j + 4]) in grams for j in range(len(t) - 3)) > 0.6 * (len(t) - 3):
            used[K[i]] += 1
            y[i] = used[K[i]] <= max(1, gold[K[i]])
    sure = np.flatnonzero(y)
    short = collections.defaultdict(list)
    for i, t in enumerate(T):
        if len(t) < 8 and gold[K[i]]:
            short[K[i]].append(i)
    for k, places in short.items():
        far = lambda i: int(np.abs(sure - i).min()) if len(sure) else 0
        for i in sorted(places, key=far)[:gold[k]]:
            y[i] = far(i) <= 6
    return y


def head_labels(K, heads, y):
    """Of all lines that equal a headline, the one closest before body text; the others count little."""
    h, w, body = np.zeros(len(K), np.float32), np.ones(len(K), np.float32), np.flatnonzero(y)
    for head in heads:
        k = ' '.join(tokens(head))
        def far(i):
            after = body[np.searchsorted(body, i + 1):][:1]
            return after[0] - i if len(after) else 10 ** 6
        places = sorted((i for i in range(len(K)) if K[i] == k), key=far)
        for n, i in enumerate(places):
            h[i], w[i] = (n == 0), (1.0 if n == 0 else 0.2)
    return h, w


class Data:
    def __init__(self, folder):
        self.folder = folder
        self.rows('', None)
        cols = collections.defaultdict(list)
        for name, (body_weight, head_weight) in WEIGHTS.items():
            cases = [json.loads(l) for l in open(folder / f'{name}.jsonl')]
            for case, row in zip(cases, map(json.loads, open(folder / f'{name}.rows.jsonl'))):
                T = [tokens(l) for l in row['lines']]
                K = [' '.join(t) for t in T]
                articles = case.get('articles') or [{'text': case['text'] or '', 'headline': case['title']}]
                y = body_labels(T, K, [a['text'] for a in articles])
                h, hw = head_labels(K, [a['headline'] for a in articles if a['headline']], y)
                fold = fold_of(case, FOLDS)
                words = np.array([len(t) for t in T])
                letters = np.array([sum(c.isalnum() for c in l) for l in row['lines']])
                cols['y'].append(y); cols['h'].append(h)
                cols['w'].append((words + 1) / max((words.sum() + words[y > 0].sum()) / 2, WORDS_MIN) * body_weight)
                cols['hw'].append(hw * head_weight * np.where(h > 0, 2, 1))
                cols['hidden'].append(np.full(len(T), zlib.crc32(case['id'].encode()) % 2 == 0))
                cols['fold'].append(np.full(len(T), fold)); cols['set'].append(np.full(len(T), name))
                may = (words <= 40) & (letters > 3)
                cols['may'].append(may); cols['ask'].append(may & (h.sum() > 0))
        for k, v in cols.items():
            setattr(self, k, np.concatenate(v))

    def rows(self, suffix, scores):
        for name in WEIGHTS:
            args = [ROWS, self.folder / f'{name}.jsonl', self.folder / f'{name}.rows{suffix}']
            if scores is not None:
                path = self.folder / f'{name}.scores'
                np.concatenate([s[self.set == name] for s in scores]).astype(np.float32).tofile(path)
                args.append(path)
            subprocess.check_call(args)

    def matrix(self, suffix):
        read = lambda name: np.fromfile(self.folder / f'{name}.rows{suffix}.f32', np.float32)
        return np.concatenate([read(name).reshape(int((self.set == name).sum()), -1) for name in WEIGHTS])


def train(d, M, target, weight, rows, trees, seeds):
    """A model a seed of the rows; half of the pages show no address."""
    X = M[rows]
    X[d.hidden[rows], ADDRESS] = ABSENT
    fit = lambda seed: lgb.train(PARAMS | {'seed': seed}, lgb.Dataset(X, target[rows], weight=weight[rows], params={'verbose': -1, 'max_bin': 127}), trees)
    return [fit(seed) for seed in seeds]


def mean(models, X):
    odds = np.mean([model.predict(X, raw_score=True) for model in models], axis=0)
    return 1 / (1 + np.exp(-odds))


def both(d, M, known, asked, trees, seeds):
    """Out-of-fold scores for body and head of the lines that are `asked`, else those that are `known`, and the models over everything."""
    scores, models = [], []
    for (target, weight, learned), ask, score in zip(((d.y, d.w, True), (d.h, d.hw, d.ask)), asked, known):
        score = score.copy()
        for k in range(FOLDS):
            inside, outside = np.flatnonzero(ask & learned & (d.fold != k)), np.flatnonzero(ask & (d.fold == k))
            score[outside] = mean(train(d, M, target, weight, inside, trees, seeds), M[outside])
        scores.append(score)
        models.append(train(d, M, target, weight, np.flatnonzero(ask & learned), trees, seeds))
    return scores, models


def report(d, name, scores):
    for what, p, t, w in (('body', scores[0], d.y, d.w), ('head', scores[1], d.h, d.hw)):
        for part in WEIGHTS:
            rows = (d.set == part) & (d.ask if what == 'head' else True)
            hit = ((p > .5) & (t > 0))[rows] @ w[rows]
            P, R = hit / ((p > .5)[rows] @ w[rows]), hit / ((t > 0)[rows] @ w[rows])
            print(json.dumps({'pass': name, 'question': what, 'set': part, 'precision': round(P, 4), 'recall': round(R, 4)}), flush=True)


def main():
    d = Data(pathlib.Path(sys.argv[1]))
    none, every = np.zeros(len(d.y), np.float32), np.ones(len(d.y), bool)
    first, models = both(d, d.matrix(''), (none, none), (every, d.may), TREES[0], SEEDS[0])
    report(d, 'first', first)
    d.rows('2', first)
    open_body, open_head = np.maximum(*first) >= OPEN_AT[0], first[1] >= OPEN_AT[1]
    print(json.dumps({'open': [round(float(o.mean()), 4) for o in (open_body, open_head)]}), flush=True)
    M = d.matrix('2')
    assert M.shape[1] == ADDRESS.stop, f'the address has moved: a row of the second pass has {M.shape[1]} features'
    second, more = both(d, M, first, (open_body, open_head), TREES[1], SEEDS[1])
    report(d, 'second', second)
    models += more
    path = HOME / 'src/clean/text/model.bin'
    path.write_bytes(b'CDT1' + struct.pack('<I', len(models)) + b''.join(table(*of_seeds) for of_seeds in models))
    print(path, os.path.getsize(path), 'bytes')


if __name__ == '__main__':
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main()
