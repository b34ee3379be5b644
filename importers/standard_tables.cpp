#include "importers/standard_tables.hpp"

#include <array>

namespace keyaki::importers {

namespace {

using enum StandardKind;
using Columns = std::vector<StandardColumn>;

/// What all of them have.
Columns common_columns() {
    return {
        {"common_id", text, {"共通ID"}},
        {"standard_id", text, {"ID"}},
        {"list_number", text, {"NO"}},
        {"municipality_code", text, {"全国地方公共団体コード", "都道府県コード又は市区町村コード", "市区町村コード", "区市町村コード"}},
        {"municipality", text, {"地方公共団体名", "都道府県名及び市町村名", "市区町村名", "区市町村"}},
        {"prefecture", text, {"都道府県名"}},
        {"name", text, {"名称", "施設・場所名", "施設名"}},
        {"name_kana", text, {"名称_カナ", "名称（カナ）", "ふりがな"}},
        {"name_en", text, {"名称_英語", "名称_英字"}},
        {"name_common", text, {"名称_通称"}},
        {"address", text, {"所在地_連結表記", "住所", "所在地住所", "所在地"}},
        {"address_municipality_code", text, {"所在地_全国地方公共団体コード"}},
        {"address_town_id", text, {"町字ID"}},
        {"address_prefecture", text, {"所在地_都道府県"}},
        {"address_municipality", text, {"所在地_市区町村"}},
        {"address_town", text, {"所在地_町字"}},
        {"address_number", text, {"所在地_番地以下"}},
        {"address_building", text, {"建物名等(方書)", "方書"}},
        {"elevation_m", number, {"標高"}},
        {"height_kind", text, {"高度の種別"}},
        {"height", number, {"高度の値"}},
        {"position_in_building", text, {"設置位置"}},
        {"telephone", text, {"電話番号"}},
        {"extension", text, {"内線番号"}},
        {"contact_email", text, {"連絡先メールアドレス"}},
        {"contact_form_url", text, {"連絡先FormURL"}},
        {"contact_note", text, {"連絡先備考（その他、SNSなど）"}},
        {"postcode", text, {"郵便番号"}},
        {"corporate_number", text, {"法人番号"}},
        {"organisation", text, {"団体名"}},
        {"url", text, {"URL"}},
        {"image_url", text, {"画像", "画像1"}},
        {"image_licence", text, {"画像_ライセンス", "画像1_ライセンス"}},
        {"image_2_url", text, {"画像2"}},
        {"image_2_licence", text, {"画像2_ライセンス"}},
        {"note", text, {"備考"}},
    };
}

Columns with_common(Columns columns) {
    Columns all = common_columns();
    all.insert(all.end(), std::make_move_iterator(columns.begin()), std::make_move_iterator(columns.end()));
    return all;
}

StandardTable shelters() {
    return {"evacuation_space",
            "指定緊急避難場所一覧",
            "Designated emergency evacuation sites",
            with_common({
                {"hazard_flood", hazard, {"災害種別_洪水", "洪水"}},
                {"hazard_landslide", hazard, {"災害種別_崖崩れ、土石流及び地滑り", "崖崩れ、土石流及び地滑り", "災害種別_土砂災害", "土砂災害"}},
                {"hazard_storm_surge", hazard, {"災害種別_高潮", "高潮"}},
                {"hazard_earthquake", hazard, {"災害種別_地震", "地震"}},
                {"hazard_tsunami", hazard, {"災害種別_津波", "津波"}},
                {"hazard_fire", hazard, {"災害種別_大規模な火事", "大規模な火事"}},
                {"hazard_inland_flood", hazard, {"災害種別_内水氾濫", "内水氾濫"}},
                {"hazard_volcano", hazard, {"災害種別_火山現象", "火山現象"}},
                {"designated_shelter", hazard, {"指定避難所との重複", "指定避難所との住所同一"}},
                {"capacity", integer, {"想定収容人数"}},
                {"for_neighbourhoods", text, {"対象となる町会・自治会"}},
            }),
            {"hazard_flood", "hazard_landslide", "hazard_storm_surge", "hazard_earthquake", "hazard_tsunami", "hazard_fire", "hazard_inland_flood",
             "hazard_volcano"},
            4,
            {}};
}

StandardTable toilets() {
    return {"public_toilet",
            "公衆トイレ一覧",
            "Public toilets",
            with_common({
                {"men_total", integer, {"男性トイレ総数"}},
                {"men_urinals", integer, {"男性トイレ数（小便器）", "男性トイレ数_小便器"}},
                {"men_squat", integer, {"男性トイレ数（和式）", "男性トイレ数_和式"}},
                {"men_seat", integer, {"男性トイレ数（洋式）", "男性トイレ数_洋式"}},
                {"women_total", integer, {"女性トイレ総数"}},
                {"women_squat", integer, {"女性トイレ数（和式）", "女性トイレ数_和式"}},
                {"women_seat", integer, {"女性トイレ数（洋式）", "女性トイレ数_洋式"}},
                {"unisex_total", integer, {"男女共用トイレ総数", "男女共同トイレ総数"}},
                {"unisex_squat", integer, {"男女共用トイレ数（和式）", "男女共同トイレ数_和式"}},
                {"unisex_seat", integer, {"男女共用トイレ数（洋式）", "男女共同トイレ数_洋式"}},
                {"accessible_total", integer, {"バリアフリートイレ数", "多機能トイレ数", "多機能トイレ"}},
                {"wheelchair", yes_no, {"車椅子使用者用トイレ有無"}},
                {"infants", yes_no, {"乳幼児用設備設置トイレ有無"}},
                {"ostomate", yes_no, {"オストメイト設置トイレ有無"}},
                {"opens", text, {"利用開始時間"}},
                {"closes", text, {"利用終了時間"}},
                {"hours_note", text, {"利用可能時間特記事項"}},
            }),
            {"men_total", "women_total", "unisex_total", "accessible_total", "wheelchair", "infants", "ostomate"},
            3,
            {}};
}

StandardTable defibrillators() {
    return {"aed",
            "AED設置箇所一覧",
            "AED locations",
            with_common({
                {"days", text, {"利用可能曜日"}},
                {"opens", text, {"開始時間"}},
                {"closes", text, {"終了時間"}},
                {"hours_note", text, {"利用可能日時特記事項"}},
                {"for_children", yes_no, {"小児対応設備の有無", "小児対応機器設備の有無"}},
                {"not_for_outsiders", yes_no, {"外部利用不可"}},
            }),
            {"for_children"},
            1,
            {}};
}

StandardTable facilities() {
    return {"public_facility",
            "公共施設一覧",
            "Public facilities",
            with_common({
                {"poi_code", text, {"POIコード"}},
                {"days", text, {"利用可能曜日"}},
                {"opens", text, {"開始時間"}},
                {"closes", text, {"終了時間"}},
                {"hours_note", text, {"利用可能日時特記事項"}},
                {"description", text, {"説明"}},
                {"accessibility", text, {"バリアフリー情報"}},
            }),
            {"poi_code"},
            1,
            {"料金(基本)", "料金(詳細)", "説明_英語", "アクセス方法"}}; // of 観光施設一覧
}

constexpr std::array<std::string_view, 2> id_columns{"共通ID", "ID"};

} // namespace

std::span<const StandardTable> standard_tables() {
    static const std::array tables{shelters(), toilets(), defibrillators(), facilities()};
    return tables;
}

std::span<const std::string_view> standard_id_columns() noexcept { return id_columns; }

} // namespace keyaki::importers
