"""Boosted trees whose levels ask one question each, and the table that src/clean/forest.rs reads. What the training scripts share."""
import json, pathlib, struct, tempfile

from catboost import CatBoostClassifier, Pool
import numpy as np

HOME = pathlib.Path(__file__).resolve().parent.parent
FOLDS = 4
# The same rows give the same trees: fixed seed, fixed number of threads (sums depend on how the rows are shared out).
COMMON = dict(l2_leaf_reg=5, random_seed=7, thread_count=2, bootstrap_type='Bernoulli', subsample=0.8, rsm=0.4, border_count=127,
              boosting_type='Plain', score_function='L2', leaf_estimation_iterations=1, allow_writing_files=False, verbose=0)


def example(name):
    """The program that writes training rows."""
    return next((p for p in (HOME / f'target/{b}/examples/{name}' for b in ('release', 'debug')) if p.exists()), None)


def fit(how, x, y, w):
    model = CatBoostClassifier(**(COMMON | how))
    model.fit(Pool(x, y, weight=w))
    return model


def predict(model, x):
    return model.predict_proba(x)[:, 1].astype(np.float32)


def out_of_fold(how, x, y, w, fold, learn=None):
    """Scores of each row by trees that have not seen its domain, and the trees over all; `learn` says which rows are learned from."""
    learn = np.ones(len(y), bool) if learn is None else learn
    scores = np.zeros(len(y), np.float32)
    for k in range(FOLDS):
        rows = learn & (fold != k)
        scores[fold == k] = predict(fit(how, x[rows], y[rows], w[rows]), x[fold == k])
    return scores, fit(how, x[learn], y[learn], w[learn])


def table(models):
    """The models' bytes, as src/clean/forest.rs says."""
    out = b'CDT2' + struct.pack('<I', len(models))
    for model in models:
        features, trees = of_catboost(model) if isinstance(model, CatBoostClassifier) else of_lightgbm(model)
        levels = max(len(splits) for splits, _ in trees)
        out += struct.pack('<III', features, len(trees), levels)
        for splits, leaves in trees:
            leaves = np.tile(leaves, 2 ** (levels - len(splits)))
            splits = splits + [(np.inf, 0)] * (levels - len(splits))
            out += b''.join(struct.pack('<fI', *s) for s in splits) + leaves.astype('<f4').tobytes()
    return out


def of_catboost(model):
    """How many features, and each tree's splits and leaves; bit k of a leaf's number: is feature k above its split?"""
    with tempfile.TemporaryDirectory() as tmp:
        model.save_model(f'{tmp}/model.json', format='json')
        saved = json.load(open(f'{tmp}/model.json'))
    scale, (bias,) = saved['scale_and_bias']
    trees = []
    for tree in saved['oblivious_trees']:
        splits = [(s['border'], s['float_feature_index']) for s in tree['splits'] or []]
        trees.append((splits, scale * np.array(tree['leaf_values']) + (0 if trees else bias)))
    return len(saved['features_info']['float_features']), trees


def of_lightgbm(model):
    """The same of trees of few leaves: each of a tree's questions becomes a level."""
    trees = []
    for tree in model.dump_model()['tree_info']:
        splits = []

        def ask(node):
            if 'left_child' not in node:
                return lambda above: node['leaf_value']
            at = np.float32(node['threshold'])
            if at > node['threshold']:     # a split between two neighbouring numbers must not be rounded onto the upper one
                at = np.nextafter(at, np.float32(-np.inf))
            split = (float(at), node['split_feature'])
            if split not in splits:
                splits.append(split)
            left, right = ask(node['left_child']), ask(node['right_child'])
            return lambda above: (right if above[splits.index(split)] else left)(above)
        answer = ask(tree['tree_structure'])
        trees.append((splits, np.array([answer([leaf >> k & 1 for k in range(len(splits))]) for leaf in range(2 ** len(splits))])))
    return model.num_feature(), trees
