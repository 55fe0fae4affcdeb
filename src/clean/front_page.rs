//! What sites call their front page, with which trails of sections begin.

use super::text::list::{WordList, Words};
use std::sync::LazyLock;

/// In lower case, in the languages of the news.
pub(super) static FRONT_PAGE: WordList = LazyLock::new(|| {
    Words::of(
        "home|home page|homepage|main|main page|start|startseite|frontpage|front page|accueil|inicio|início|hjem|hem|forside|etusivu|strona główna|domů|\
         hlavní strana|úvod|főoldal|anasayfa|ana sayfa|главная|головна|αρχική|首页|首頁|ホーム|トップ|홈",
    )
});
