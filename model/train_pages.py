#!/usr/bin/env python3
"""Trains the trees that tell pages with an article of their own from shops, services, lists, and writes src/clean/classify/pages.bin.

    pip install lightgbm==4.7.0 numpy==2.4.6
    cargo build --release --example page_rows
    model/train_pages.py SCORES.npz SET_DIR...

SCORES.npz is what `KEEP=SCORES.npz model/train_blocks.py SET_DIR...` leaves: each block's out-of-fold score. The sets stand in the
same order. Articles and others weigh the same; forums and documentation, which may be either, are left out. Prints balanced
accuracy, out of fold by domain. Same corpus, same table.
"""
import json, pathlib, struct, sys, tempfile, subprocess

import lightgbm as lgb
import numpy as np

from folds import fold as fold_of
from train_blocks import FOLDS, HOME, PARAMS, table

ROWS = next((p for p in (HOME / f'target/{b}/examples/page_rows' for b in ('release', 'debug')) if p.exists()), None)
OUT = HOME / 'src/clean/classify/pages.bin'
OTHERS = ('product', 'service', 'collection', 'listing')
TYPED = 'wcxb'          # the set whose pages are of several types; the others hold articles alone, and weigh less
# Splits at thresholds by chance: of some thousand labels, best ones learn by heart.
HOW = PARAMS | dict(num_leaves=8, learning_rate=0.08, min_data_in_leaf=15, feature_fraction=0.3, lambda_l2=10, extra_trees=True)
TREES = 200


def main(kept, folders):
    scores, at, parts = np.load(kept)['scores'].astype('<f4'), 0, []
    with tempfile.TemporaryDirectory(dir=HOME / 'target') as tmp:
        for folder in (pathlib.Path(f.partition('=')[0]) for f in folders):
            scores[at:].tofile(f'{tmp}/scores')
            subprocess.run([ROWS, folder, f'{tmp}/scores', f'{tmp}/out'], check=True)
            ids = [json.loads(l) for l in open(f'{tmp}/out.jsonl', encoding='utf-8')]
            x = np.fromfile(f'{tmp}/out.f32', '<f4').reshape(len(ids), -1)
            at += int(x[:, 17].sum())       # the second feature of the page itself: its blocks
            cases = {c['id']: c for c in map(json.loads, open(folder / 'cases.jsonl', encoding='utf-8'))}
            for id, row in zip(ids, x):
                kind = cases[id]['type']
                if kind == 'article' or kind in OTHERS:
                    parts.append((row, kind == 'article', folder.name == TYPED, fold_of(cases[id], FOLDS)))
    x, y, typed, fold = (np.array(p) for p in zip(*parts))
    y = y.astype(np.float32)
    w = np.where(typed, 1.0, 0.2)
    w[y == 0] *= w[y == 1].sum() / w[y == 0].sum()
    train = lambda rows: lgb.train(HOW, lgb.Dataset(x[rows], y[rows], weight=w[rows], params={'verbose': -1, 'max_bin': 127}), TREES)
    p = np.zeros(len(y))
    for k in range(FOLDS):
        p[fold == k] = train(np.flatnonzero(fold != k)).predict(x[fold == k])
    for at in (0.05, 0.3, 0.4, 0.5, 0.6):
        found, left = (p[typed & (y == 1)] >= at).mean(), (p[typed & (y == 0)] < at).mean()
        print(json.dumps({'at': at, 'article_found': round(found, 4), 'other_left_out': round(left, 4), 'balanced_accuracy': round((found + left) / 2, 4),
                          'articles_of_other_sets_found': round((p[~typed] >= at).mean(), 4)}))
    bins = np.minimum((p * 5).astype(int), 4)
    print('calibration', [(round(float(p[bins == b].mean()), 2), round(float(np.average(y[bins == b], weights=w[bins == b])), 2)) for b in range(5) if (bins == b).any()])
    model = train(np.arange(len(y)))
    OUT.write_bytes(b'CDT1' + struct.pack('<I', 1) + table(model))
    print(OUT, OUT.stat().st_size, 'bytes')


if __name__ == '__main__':
    sys.exit(main(sys.argv[1], sys.argv[2:]) if len(sys.argv) > 2 else __doc__)
