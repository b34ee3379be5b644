#include "server/rally/reasons.hpp"

#include <array>

namespace keyaki::server::rally {

namespace {

struct Texts {
    std::string_view code;
    std::string_view ja;
    std::string_view en;
};

/// In the order of the enum.
constexpr std::array texts{
    Texts{"RALLY_NOT_STARTED", "このラリーはまだ始まっていません。", "This rally has not started yet."},
    Texts{"RALLY_OVER", "このラリーは終了しました。", "This rally is over."},
    Texts{"ALREADY_STAMPED", "このスポットのスタンプはもう押されています。", "You already have the stamp of this spot."},
    Texts{"STALE_FIX", "位置情報が古すぎます。もう一度測ってください。", "The position is too old. Please measure again."},
    Texts{"FUTURE_FIX", "位置情報の時刻が進みすぎています。端末の時計を確かめてください。",
          "The position's time lies in the future. Please check the phone's clock."},
    Texts{"MOCK_FLAG", "端末が、アプリの作った位置だと伝えています。その位置では判定できません。",
          "The phone says that an app made this position up. It does not count."},
    Texts{"NO_EVIDENCE", "判定に使える位置情報がありません。", "There is no position that can be used."},
    Texts{"OUTSIDE", "スポットから離れています。近づいてからもう一度お試しください。",
          "You are away from the spot. Please come closer and try again."},
    Texts{"UNCERTAIN", "位置がはっきりしません。スポットのコードを使ってください。", "The position is not clear enough. Please use the spot's code."},
    Texts{"LOW_ACCURACY", "位置情報の精度が足りません。", "The position is not accurate enough."},
    Texts{"NEEDS_MORE_FIXES", "確認のため、もう少し位置を測ります。", "A few more positions are needed to be sure."},
    Texts{"DAILY_LIMIT", "本日のポイントの上限に達したため、スタンプのみ押されました。",
          "The day's limit of points is reached, so you got the stamp without points."},
    Texts{"BUDGET_EXHAUSTED", "ラリーのポイント予算がなくなったため、スタンプのみ押されました。",
          "The rally's points are used up, so you got the stamp without points."},
};
static_assert(texts.size() == static_cast<std::size_t>(Reason::budget_exhausted) + 1);

} // namespace

std::string_view reason_code(Reason reason) noexcept { return texts.at(static_cast<std::size_t>(reason)).code; }
std::string_view reason_text_ja(Reason reason) noexcept { return texts.at(static_cast<std::size_t>(reason)).ja; }
std::string_view reason_text_en(Reason reason) noexcept { return texts.at(static_cast<std::size_t>(reason)).en; }

} // namespace keyaki::server::rally
