"""What readers type, and the lesson and section that must come first.

A name that fails here is missing in docs/*/glossary.md: among the other names of the term that its
section explains, or in `data-find`.
"""

import pytest
from reader import WIDE

from course.project import LANGUAGES

ASKED = {
    "ja": """
アテンション = attention
注意機構 = attention
自己注意 = attention
Self-Attention = attention
クエリ = attention#scores
キー = attention#scores
バリュー = attention#average
内積 = attention#scores
ソフトマックス = attention#softmax
softmax = attention#softmax
Attention の重み = attention#softmax
アテンションマスク = causal_mask
マスク = causal_mask
因果マスク = causal_mask
漏れ = causal_mask#leak
トークン = tokens
トークナイザ = tokens
語彙 = tokens#vocabulary
トークン化 = tokens
埋め込み = embeddings
one-hot = embeddings#one-hot
ワンホット = embeddings#one-hot
コサイン類似度 = embeddings#distance
ルート d で割る = scaling
スケーリング = scaling
なぜ √d で割る = scaling
分散 = scaling#variance
エントロピー = loss
位置エンコーディング = position#positional-encoding
位置符号化 = position#positional-encoding
置換同変 = position#permutation
語順 = position
GPT = gpt
MLP = gpt#mlp
フィードフォワード層 = gpt#mlp
活性化関数 = gpt#mlp
ロジット = gpt#end-to-end
logits = gpt#end-to-end
自己回帰 = gpt#continue
損失 = loss
損失関数 = loss
交差エントロピー = loss#cross-entropy
クロスエントロピー = loss#cross-entropy
パープレキシティ = loss#perplexity
perplexity = loss#perplexity
bigram = bigram
勾配降下法 = bigram#descend
学習率 = training#schedule
逆伝播 = backward
バックプロパゲーション = backward
誤差逆伝播法 = backward
連鎖律 = backward#chain
勾配チェック = backward#gradient-check
Transformer = block
トランスフォーマー = block
マルチヘッド = block#heads
ヘッド = block#heads
残差接続 = block#residual
スキップ接続 = block#residual
層正規化 = block#layer-norm
LayerNorm = block#layer-norm
GELU = block#gelu
重み共有 = block#tying
weight tying = block#tying
AdamW = training#adamw
オプティマイザ = training#adamw
ウォームアップ = training#schedule
勾配クリッピング = training#schedule
logit lens = inside#logit-lens
アブレーション = inside#ablation
サンプリング = sampling
温度 = sampling#temperature
貪欲法 = sampling
top-p = sampling#top
核サンプリング = sampling#top
確率分布 = sampling
推論 = sampling
KV キャッシュ = kv_cache
KVキャッシュ = kv_cache
BPE = bpe
マージ = bpe
GPT-2 = gpt2
GPT-2 の重み = gpt2
safetensors = gpt2#bytes
メモリマップ = gpt2#bytes
mmap = gpt2#bytes
データ並列 = beyond
分散学習 = beyond
all-reduce = beyond#halves
ZeRO = beyond#shares
ＢＰＥ = bpe
ﾄｰｸﾝ = tokens
Ｓｏｆｔｍａｘ = attention#softmax
KV　キャッシュ = kv_cache
""",
    "en": """
attention = attention
self-attention = attention
query key value = attention#scores
dot product = attention#scores
softmax = attention#softmax
attention weights = attention#softmax
attention mask = causal_mask
causal mask = causal_mask
leak = causal_mask#leak
token = tokens
tokenizer = tokens
vocabulary = tokens#vocabulary
embedding = embeddings
one-hot = embeddings#one-hot
cosine similarity = embeddings#distance
why divide by sqrt d = scaling
scaling = scaling
scaled dot-product attention = attention
variance = scaling#variance
entropy = loss
positional encoding = position#positional-encoding
positional embedding = position#positional-encoding
permutation = position#permutation
gpt = gpt
mlp = gpt#mlp
feed-forward network = gpt#mlp
activation function = gpt#mlp
logits = gpt#end-to-end
autoregressive = gpt#continue
loss = loss
loss function = loss
cross-entropy = loss#cross-entropy
cross entropy = loss#cross-entropy
perplexity = loss#perplexity
gradient descent = bigram#descend
learning rate = training#schedule
backpropagation = backward
backprop = backward
chain rule = backward#chain
gradient check = backward#gradient-check
transformer = block
multi-head attention = block#heads
residual connection = block#residual
skip connection = block#residual
layer normalization = block#layer-norm
layernorm = block#layer-norm
gelu = block#gelu
weight tying = block#tying
adamw = training#adamw
optimizer = training#adamw
warmup = training#schedule
gradient clipping = training#schedule
logit lens = inside#logit-lens
ablation = inside#ablation
sampling = sampling
temperature = sampling#temperature
greedy decoding = sampling
top k = sampling#top
top p = sampling#top
nucleus sampling = sampling#top
inference = sampling
kv cache = kv_cache
bpe = bpe
byte pair encoding = bpe
merge rules = bpe
gpt-2 weights = gpt2
safetensors = gpt2#bytes
mmap = gpt2#bytes
memory-mapped file = gpt2#bytes
data parallelism = beyond
distributed training = beyond
all-reduce = beyond#halves
zero = beyond#shares
ＢＰＥ = bpe
Ｓｏｆｔｍａｘ = attention#softmax
""",
}
# The theme's own worker, asked as the theme asks it.
ANSWERS = """async (queries) => {
  const { base, search } = JSON.parse(document.getElementById("__config").textContent);
  const here = new URL(base + "/", location.href);
  const index = await (await fetch(new URL("search/search_index.json", here))).json();
  const worker = new Worker(new URL(search, location.href));
  const told = (type, data) => new Promise((tell) => {
    worker.onmessage = ({ data: answer }) => answer.type === type + 1 && tell(answer.data);
    worker.postMessage({ type, data });
  });
  await told(0, { ...index, options: { suggest: false } });
  const found = [];
  for (const query of queries) {
    const { items } = await told(2, query);
    found.push((items[0] ?? []).map(({ location }) => location));
  }
  worker.terminate();
  return found;
}"""


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_typed_leads_to_its_lesson_and_section_first(open_page, language):
    asked = [line.split(" = ") for line in ASKED[language].strip().splitlines()]
    assert len(asked) >= 60 and len(dict(asked)) == len(asked)
    page = open_page("" if language == "ja" else "en/", viewport=WIDE)
    found = dict(zip(dict(asked), page.evaluate(ANSWERS, [*dict(asked)]), strict=True))
    wrong = []
    for query, wanted in asked:
        lesson, _, section = wanted.partition("#")
        first = f"lessons/{lesson}/" + (section and f"#{section}")
        if first not in found[query][: 2 if section else None]:
            wrong.append(f"{query!r} leads to {found[query][:2]}, not to {first}")
    assert not wrong, "\n".join(wrong)
