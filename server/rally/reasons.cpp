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
    Texts{"CLOSED_NOW", "いまは受付時間の外です。", "It is outside the hours of this rally."},
    Texts{"ALREADY_STAMPED", "このスポットのスタンプはもう押されています。", "You already have the stamp of this spot."},
    Texts{"STALE_FIX", "位置情報が古すぎます。もう一度測ってください。", "The position is too old. Please measure again."},
    Texts{"FUTURE_FIX", "位置情報の時刻が進みすぎています。端末の時計を確かめてください。",
          "The position's time lies in the future. Please check the phone's clock."},
    Texts{"NO_EVIDENCE", "判定に使える位置情報がありません。", "There is no position that can be used."},
    Texts{"OUTSIDE", "スポットから離れています。近づいてからもう一度お試しください。",
          "You are away from the spot. Please come closer and try again."},
    Texts{"UNCERTAIN", "位置がはっきりしません。スポットのコードを使ってください。", "The position is not clear enough. Please use the spot's code."},
    Texts{"LOW_ACCURACY", "位置情報の精度が足りません。", "The position is not accurate enough."},
    Texts{"NEEDS_MORE_FIXES", "確認のため、もう少し位置を測ります。", "A few more positions are needed to be sure."},

    Texts{"WAIT_AFTER_WRONG", "答えを間違えたため、少し待ってからお試しください。",
          "After a wrong answer, please wait a little before the next try."},
    Texts{"QUIZ_NEEDED", "クイズに答えてください。", "Please answer the question."},
    Texts{"RIDDLE_NEEDED", "なぞの答えを入れてください。", "Please give the answer to the riddle."},
    Texts{"TOKEN_NEEDED", "スポットのコードまたはタグを使ってください。", "Please use the spot's code or tag."},
    Texts{"WRONG_ANSWER", "答えが違います。", "The answer is not right."},
    Texts{"QR_STALE", "コードの有効時間が過ぎています。いま表示されているコードを使ってください。",
          "The code is no longer valid. Please use the one that is shown now."},
    Texts{"QR_WRONG", "コードがこのスポットのものではありません。", "The code is not of this spot."},
    Texts{"QR_FAR", "コードは合っていますが、スポットから離れています。", "The code is right, but you are away from the spot."},
    Texts{"NFC_WRONG", "タグがこのスポットのものではありません。", "The tag is not of this spot."},
    Texts{"NFC_COUNTER_BACK", "このタッチは使われています。もう一度タグにタッチしてください。",
          "This tap was used before. Please tap the tag again."},
    Texts{"TICKET_WRONG", "チケットがこの端末・スポット・日のものではありません。", "The ticket is not for this device, spot or day."},
    Texts{"REPLAY_NONCE", "このチケットはもう使われています。", "This ticket was used before."},
    Texts{"SIG_INVALID", "端末の署名が正しくありません。", "The signature is not of this device."},
    Texts{"ATTEST_COUNTER_BACK", "この端末の署名は使われています。アプリをもう一度お試しください。",
          "This signature of the device was used before. Please try again in the app."},
    Texts{"TOO_MANY_TRIES", "本日の回数の上限に達しました。", "The day's number of tries is used up."},
    Texts{"DWELL_MORE", "もうしばらくこの場所にいてください。", "Please stay here a little longer."},

    Texts{"RUN_UNKNOWN", "コースの記録が見つかりません。最初のスポットから始めてください。", "There is no such run. Please begin at the first spot."},
    Texts{"RUN_OVER", "このコースはもう完了しています。", "This run is finished already."},
    Texts{"RUN_TOO_LONG", "コースの制限時間を過ぎました。最初のスポットから始めてください。",
          "The run took too long or went past midnight. Please begin at the first spot."},
    Texts{"WRONG_ORDER", "コースの順番では、次のスポットではありません。", "This is not the next spot of the course."},
    Texts{"LEG_TOO_FAST", "前のスポットからの時間が短すぎます。もう一度ここでお試しください。",
          "It is too soon after the last spot. Please try again here a little later."},
    Texts{"TRACK_NEEDED", "歩いた記録を送ってください。", "Please send the recorded track."},
    Texts{"TRACK_OFF_COURSE", "歩いた記録がコースと合いません。", "The recorded track does not follow the course."},
    Texts{"TRACK_IN_DOUBT", "歩いた記録を確認しています。", "The recorded track is being looked at."},

    Texts{"MOCK_FLAG", "端末が、アプリの作った位置だと伝えています。", "The phone says that an app made this position up."},
    Texts{"ACCESSORY_GPS", "外付けの受信機の位置です。", "The position comes from an external receiver."},
    Texts{"DEVICE_INTEGRITY_FAIL", "端末の安全性を確認できませんでした。", "The phone did not pass its integrity check."},
    Texts{"ATTEST_MISSING", "端末の証明がありません。", "The phone did not vouch for itself."},
    Texts{"TELEPORT", "前の位置からの移動が速すぎます。", "The way from the last position was too fast."},
    Texts{"TOO_FAST_FOR_MODE", "歩くには速すぎる移動です。", "That was too fast for walking."},
    Texts{"TWO_PLACES", "別の端末が離れた場所で使われています。", "Another device of this member was far away."},
    Texts{"DEVICE_MANY_USERS", "この端末は多くの人が使っています。", "Many members use this device."},
    Texts{"USER_MANY_DEVICES", "多くの端末が使われています。", "This member uses many devices."},
    Texts{"FIX_CLONED", "同じ位置の記録が前にも送られています。", "The same positions were sent before."},
    Texts{"SENSOR_FLAT", "位置の記録に自然な揺れがありません。", "The positions lack the noise of a real receiver."},
    Texts{"CENTER_HIT", "位置が正確すぎます。", "The positions hit the very centre."},
    Texts{"ACCURACY_TOO_GOOD", "精度が高すぎます。", "The accuracy is too good."},
    Texts{"CODE_BURST", "同じコードが短い間に多く使われました。", "The same code was used many times within a moment."},
    Texts{"CROWD_PATTERN", "多くの人が同じ順に同時に回っています。", "Many members went from spot to spot in step."},
    Texts{"OFFLINE_LATE", "圏外での記録が、かなり後から送られました。", "A visit without a network was sent long afterwards."},
    Texts{"EARLIER_DOUBT", "前のチェックインを確認しています。", "An earlier check-in is still in doubt."},

    Texts{"DAILY_LIMIT", "本日のポイントの上限に達したため、スタンプのみ押されました。",
          "The day's limit of points is reached, so you got the stamp without points."},
    Texts{"MEMBER_LIMIT", "本日のスタンプの上限に達しました。", "The day's number of stamps is reached."},
    Texts{"DEVICE_LIMIT", "この端末での本日のスタンプの上限に達しました。", "The day's number of stamps of this device is reached."},
    Texts{"SPOT_LIMIT", "このスポットの本日のスタンプの上限に達しました。", "The day's number of stamps of this spot is reached."},
    Texts{"BUDGET_EXHAUSTED", "ラリーのポイント予算がなくなったため、スタンプのみ押されました。",
          "The rally's points are used up, so you got the stamp without points."},
    Texts{"AWARDED_BEFORE", "このスポットの特典は以前に付与されているため、スタンプのみ押されました。",
          "What this spot gives was given before, so you got the stamp alone."},
    Texts{"AWARD_REFUSED", "ポイントを付与できないため、スタンプのみ押されました。",
          "The points cannot be given, so you got the stamp without points."},
};
static_assert(texts.size() == static_cast<std::size_t>(Reason::award_refused) + 1);

} // namespace

std::string_view reason_code(Reason reason) noexcept { return texts.at(static_cast<std::size_t>(reason)).code; }
std::string_view reason_text_ja(Reason reason) noexcept { return texts.at(static_cast<std::size_t>(reason)).ja; }
std::string_view reason_text_en(Reason reason) noexcept { return texts.at(static_cast<std::size_t>(reason)).en; }

} // namespace keyaki::server::rally
