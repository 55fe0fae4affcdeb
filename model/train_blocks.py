#!/usr/bin/env python3
"""Trains the trees that tell an HTML page's article from its furniture, and writes src/clean/classify/model.bin.

    pip install lightgbm==4.7.0 numpy==2.4.6
    cargo build --release --example block_rows
    model/train_blocks.py SET_DIR...     (each with cases.jsonl and pages/, unpacked; SET_DIR=0.5 halves a set's weight)

One question a block: is it the article's text? Two passes: a small forest over every block, and a larger one, over those that
the first does not rule out, which also reads the first's out-of-fold scores: those of several seeds, since what one says of a layout
that it has not seen is half chance. Folds are by domain. Prints cross-validated word F1 and 4-gram F1 by set (of the body alone,
before splitting), the second pass's by the scores of the first seed. Same corpus, same table.
"""
import collections, json, os, pathlib, re, struct, subprocess, sys, tempfile

import lightgbm as lgb
import numpy as np

from folds import fold as fold_of

HOME = pathlib.Path(__file__).resolve().parent.parent
ROWS = next((p for p in (HOME / f'target/{b}/examples/block_rows' for b in ('release', 'debug')) if p.exists()), None)
OUT = HOME / 'src/clean/classify/model.bin'
FOLDS = 4
ASKED = 0.015           # blocks that the second pass learns from; it is asked of those above a higher bound, see `classify/body.rs`
AT = 0.45               # blocks from this score on are body; there too, with more that stand between such blocks
PARAMS = dict(objective='binary', min_data_in_leaf=60, feature_fraction=0.4, bagging_fraction=0.8, bagging_freq=1, lambda_l2=5,
              max_bin=127, verbose=-1, num_threads=2, seed=7, deterministic=True, force_row_wise=True)
FIRST = (PARAMS | dict(num_leaves=16, learning_rate=0.2), 48)
SEEDS = (7, 8, 9)       # of the first passes whose scores the second learns from; the first of them is written
SECOND = (PARAMS | dict(num_leaves=32, learning_rate=0.08, bagging_fraction=PARAMS['bagging_fraction'] / len(SEEDS)), 160)
# Places of features that no tree may ask (`classify/features.rs`): blocks before and behind, the page's words, prose and blocks. Their
# plain numbers tell one site's pages from another's. A test there holds them to these places.
SIZES = (37, 38, 40, 41, 44)
OTHERS = 0.3            # weight of pages that are no articles: forums, shops, documentation
CJK = '\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff'
TOKEN = re.compile(f'[{CJK}]|(?:(?![{CJK}])\\w)+')
GRAM, LONG = 3, 6       # words of a run that is looked up; words of a block that can stand for itself


def tokens(s):
    return TOKEN.findall((s or '').lower())


def anchors(blocks, gold):
    """Long blocks most of whose word runs stand in the gold: (block, place in the gold, words)."""
    where = collections.defaultdict(list)
    for i in range(len(gold) - GRAM + 1):
        where[tuple(gold[i:i + GRAM])].append(i)
    for i, t in enumerate(blocks):
        grams = [tuple(t[j:j + GRAM]) for j in range(len(t) - GRAM + 1)] if len(t) >= LONG else []
        if sum(g in where for g in grams) > 0.6 * len(grams):
            places = collections.Counter((w - j) // 4 for j, g in enumerate(grams) for w in where.get(g, ())[:8])
            yield i, max(0, 4 * max(places, key=lambda k: (places[k], -k))), len(t)


def chain(found):
    """The heaviest run of anchors that stand in the gold's order."""
    best, prev = [], []
    for a, (_, at, size) in enumerate(found):
        best.append(size), prev.append(-1)
        for b in range(max(0, a - 60), a):
            if found[b][1] + found[b][2] * 0.5 <= at + 2 and best[b] + size > best[a]:
                best[a], prev[a] = best[b] + size, b
    links, a = set(), max(range(len(found)), key=best.__getitem__, default=-1)
    while a >= 0:
        links.add(a)
        a = prev[a]
    return links


def labels(blocks, gold):
    """A long block is body where it stands in the gold, each stretch of which counts once, the one in page order first; a short
    one where the gold has its words between those of the blocks around it."""
    y, start, end = np.zeros(len(blocks), np.float32), {}, {}
    used, found = np.zeros(len(gold) + 8, bool), list(anchors(blocks, gold))
    links = chain(found)
    for a in sorted(range(len(found)), key=lambda a: (a not in links, found[a][0])):
        i, at, size = found[a]
        if used[at:at + size].size and used[at:at + size].mean() <= 0.5:
            used[at:at + size] = True
            y[i], start[i], end[i] = 1, at, at + size
    last = None
    for i, t in enumerate(blocks):
        if i in end:
            last = i
        elif 0 < len(t) < LONG:
            after = next((j for j in range(i + 1, min(len(blocks), i + 12)) if j in start), None)
            if last is not None and i - last <= 12:
                low = end[last] - 3
            elif after is not None:
                low = start[after] - 40
            else:
                continue
            low = max(0, low)
            high = min(len(gold), low + 120, max(low + len(t), start[after] + 3 if after is not None else low + 30 + len(t)))
            for j in range(low, high - len(t) + 1):
                if gold[j:j + len(t)] == t and not used[j:j + len(t)].any():
                    used[j:j + len(t)] = True
                    y[i], start[i], end[i], last = 1, j, j + len(t), i
                    break
    return y


class Data:
    def __init__(self, folders, tmp):
        self.folders, self.tmp, self.pages = [f.partition('=') for f in folders], tmp, []
        self.rows()
        y, w, fold = [], [], []
        for folder, _, weight in self.folders:
            cases = {c['id']: c for c in map(json.loads, open(f'{folder}/cases.jsonl', encoding='utf-8'))}
            for line in open(f'{tmp}/{pathlib.Path(folder).name}.jsonl', encoding='utf-8'):
                row = json.loads(line)
                case, blocks = cases[row['id']], [tokens(b) for b in row['blocks']]
                gold, article = tokens(case['text']), case['type'] == 'article'
                words = np.array([len(t) for t in blocks], np.float32)
                own = np.log1p(words) + 0.05 * np.minimum(words, 80) + 0.2
                y.append(labels(blocks, gold))
                w.append(own / np.sqrt(max(own.sum(), 1e-9)) * float(weight or 1) * (1 if article else OTHERS))
                fold.append(np.full(len(blocks), fold_of(case, FOLDS)))
                name = pathlib.Path(folder).name + ('' if article else '/others')
                self.pages.append((name, case.get('lang'), blocks, gold))
        self.y, self.w, self.fold = map(np.concatenate, (y, w, fold))
        self.w *= len(self.w) / self.w.sum()
        self.x = self.matrix()

    def rows(self, scores=None):
        at = 0
        for folder, _, _ in self.folders:
            out = f'{self.tmp}/{pathlib.Path(folder).name}'
            args = [ROWS, folder, out]
            if scores is not None:
                count = sum(len(json.loads(l)['blocks']) for l in open(out + '.jsonl', encoding='utf-8'))
                scores[at:at + count].astype('<f4').tofile(out + '.scores')
                args.append(out + '.scores')
                at += count
            subprocess.run(args, check=True)

    def matrix(self):
        parts, n = [], []
        for folder, _, _ in self.folders:
            path = f'{self.tmp}/{pathlib.Path(folder).name}'
            count = sum(len(json.loads(l)['blocks']) for l in open(path + '.jsonl', encoding='utf-8'))
            parts.append(np.fromfile(path + '.f32', '<f4').reshape(count, -1))
            os.remove(path + '.f32')
        x = np.concatenate(parts)
        x[:, SIZES] = 0
        return x


def out_of_fold(x, y, w, fold, how):
    """Scores of each row by a forest that has not seen its domain, and the forest over all."""
    params, trees = how
    data = lgb.Dataset(x, y, weight=w, params={'verbose': -1, 'max_bin': 127}).construct()
    scores = np.zeros(len(y), np.float32)
    for k in range(FOLDS):
        scores[fold == k] = lgb.train(params, data.subset(np.flatnonzero(fold != k)), trees).predict(x[fold == k])
    return scores, lgb.train(params, data, trees)


def overlap(p, r):
    p, r = collections.Counter(p), collections.Counter(r)
    return sum((p & r).values()), sum(p.values()), sum(r.values())


def calibration(pairs):
    """How far the word F1 to be expected (see `classify/body.rs`) is from what comes, over pages in bins of .05."""
    expected, f1 = np.array(pairs).T
    bins = np.minimum((expected * 20).astype(int), 19)
    return sum(abs((expected - f1)[bins == b].sum()) for b in range(20)) / len(f1)


def report(d, name, scores, at):
    sums, begin, sure = collections.defaultdict(lambda: np.zeros(5)), 0, []
    for set_name, lang, blocks, gold in d.pages:
        own = scores[begin:begin + len(blocks)]
        body = [w for t, s in zip(blocks, own) if s >= at for w in t]
        begin += len(blocks)
        o, p, r = overlap(body, gold)
        f1 = 2 * o / (p + r) if p + r else 1.0
        if body and '/' not in set_name:
            words = np.array([len(t) for t in blocks]) * own
            sure.append((2 * words[own >= at].sum() / (p + words.sum()), f1))
        grams = [[tuple(t[i:i + 4]) for i in range(max(1, len(t) - 3))] if t else [] for t in (body, gold)]
        go, gp, gr = overlap(*grams)
        whole = (gp + gr - go) or 1
        for key in {set_name, f'{set_name}/{lang}' if lang and set_name == 'multilingual' else set_name}:
            sums[key] += (1, f1, go / whole, (gp - go) / whole, (gr - go) / whole)
    for key, (n, f1, tp, fp, fn) in sorted(sums.items()):
        print(json.dumps({'pass': name, 'at': at, 'set': key, 'pages': int(n), 'word_f1': round(f1 / n, 4),
                          'gram4_f1': round(2 * tp / (2 * tp + fp + fn or 1), 4)}), flush=True)
    print(json.dumps({'pass': name, 'at': at, 'articles': len(sure), 'expected_f1_off_by': round(calibration(sure), 4)}), flush=True)


def table(*models):
    """A forest; of several models the mean of their log odds, which is all of their trees with a share of each leaf."""
    trees = [tree for model in models for tree in model.dump_model()['tree_info']]
    out = struct.pack('<II', models[0].num_feature(), len(trees))
    for tree in trees:
        nodes = []

        def walk(n):
            i = len(nodes)
            nodes.append((n.get('leaf_value', 0.0) / len(models), 0, 0, 0))
            if 'left_child' in n:
                at = np.float32(n['threshold'])
                if at > n['threshold']:     # a split between two neighbouring numbers must not be rounded onto the upper one
                    at = np.nextafter(at, np.float32(-np.inf))
                nodes[i] = (at, n['split_feature'], walk(n['left_child']), walk(n['right_child']))
            return i
        walk(tree['tree_structure'])
        out += struct.pack('<I', len(nodes)) + b''.join(struct.pack('<fHHH', *n) for n in nodes)
    return out


def main(folders):
    with tempfile.TemporaryDirectory(dir=HOME / 'target') as tmp:
        d = Data(folders, tmp)
        passes = [out_of_fold(d.x, d.y, d.w, d.fold, (FIRST[0] | {'seed': seed}, FIRST[1])) for seed in SEEDS]
        first, small = passes[0]
        report(d, 'first', first, AT)
        passed = first >= ASKED
        print(json.dumps({'passed': round(float(passed.mean()), 4), 'of_body': round(float(d.w[passed & (d.y > 0)].sum() / d.w[d.y > 0].sum()), 5)}), flush=True)
        d.x, rows = None, []
        for scores, _ in passes:
            d.rows(scores)
            rows.append(d.matrix()[scores >= ASKED])
        asked = np.concatenate([np.flatnonzero(scores >= ASKED) for scores, _ in passes])
        second, large = out_of_fold(np.concatenate(rows), d.y[asked], d.w[asked], d.fold[asked], SECOND)
        scores = np.zeros(len(d.y), np.float32)
        scores[passed] = second[:passed.sum()]
        for at in (AT - 0.06, AT, AT + 0.06):
            report(d, 'second', scores, round(at, 2))
        if os.environ.get('KEEP'):
            np.savez(os.environ['KEEP'], first=first, scores=scores, gain1=small.feature_importance('gain'), gain2=large.feature_importance('gain'))
        OUT.write_bytes(b'CDT1' + struct.pack('<I', 2) + table(small) + table(large))
        print(OUT, OUT.stat().st_size, 'bytes')


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]) if len(sys.argv) > 1 else __doc__)
