//! What the shop page does by itself, in a real browser against a server that a test commands.

mod support {
    pub(crate) mod browser;
    pub(crate) mod stub;
}

use std::collections::BTreeSet;
use std::time::Duration;

use fantoccini::key::Key;
use serde_json::{Value, json};
use support::browser::Browser;
use support::stub::Stub;

const CUSTOMER: &str = "ada@example.com";

async fn open() -> (Stub, Browser) {
    let shop = Stub::start().await;
    let browser = Browser::start().await;
    browser.open(shop.url()).await;
    browser.until_text(".product", "Copper kettle").await;
    (shop, browser)
}

/// Puts a kettle and two pairs of cups into the cart and fills the checkout in.
async fn fill_cart(browser: &Browser) {
    browser.click("[data-key=kettle] [data-part=add]").await;
    browser.click("[data-key=cups] [data-part=add]").await;
    browser.click("[data-key=cups] [data-part=add]").await;
    browser.click("[data-nav=cart]").await;
    browser.fill("#customer", CUSTOMER).await;
}

async fn open_and_place() -> (Stub, Browser) {
    let (shop, browser) = open().await;
    fill_cart(&browser).await;
    browser.click("#place").await;
    browser.until_text("#order-title", "Thank you, we have your order").await;
    (shop, browser)
}

/// Waits for something to happen on the server's side.
async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let waiting = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(45), waiting).await.unwrap_or_else(|_| panic!("{what}: never happened"));
}

fn keys(shop: &Stub) -> BTreeSet<String> {
    shop.posts().into_iter().map(|post| post.key).collect()
}

/// Errors and warnings, apart from those that say that a request was not granted: some tests ask for these.
async fn complaints(browser: &Browser) -> Vec<(String, String)> {
    browser.log().await.into_iter().filter(|(source, _)| source != "network").collect()
}

#[tokio::test]
async fn an_order_moves_through_its_steps_without_a_reload() {
    let (shop, browser) = open().await;
    fill_cart(&browser).await;
    browser.value("window.sameDocument = true").await;
    browser.click("#place").await;
    browser.until("document.querySelector('[data-step=received].done')").await;
    browser.until("document.querySelector('[data-step=confirmed][aria-current=step].now')").await;
    for (step, title) in [("confirmed", "Your payment is confirmed"), ("reserved", "Your items are set aside")] {
        shop.reach(step, &json!({}));
        browser.until(&format!("document.querySelector('[data-step={step}].done')")).await;
        browser.until_text("#order-title", title).await;
    }
    let mail = json!([{ "at": "2026-05-04T09:00:09Z", "message": "Your parcel left us." }]);
    shop.reach("dispatched", &json!({ "state": "done", "message": "It left us.", "notifications": mail }));
    browser.until("document.querySelectorAll('.step.done').length === 4").await;
    browser.until_text("#order-title", "Your order is on its way").await;
    browser.until_text("#order-notifications", "Your parcel left us.").await;
    browser.until_text("#order-items", "2 × Two stoneware cups").await;
    assert_eq!(
        browser.value("document.querySelector('#announcer').textContent").await,
        "Your order is on its way. It left us."
    );
    assert_eq!(browser.value("document.querySelector('#order-watch').textContent").await, "", "it is watched no more");
    assert_eq!(browser.value("window.sameDocument").await, true);
    assert_eq!(browser.value("document.querySelector('#cart-count').hidden").await, true, "the cart is empty again");
    assert_eq!(browser.log().await, [], "no script, policy or request failed");
    let order = &shop.posts()[0].order;
    let items = json!([{ "sku": "kettle", "quantity": 1 }, { "sku": "cups", "quantity": 2 }]);
    assert_eq!(*order, json!({ "customer": CUSTOMER, "items": items, "card": "tok_visa" }));
}

#[tokio::test]
async fn an_order_is_followed_by_its_events_and_goes_on_from_the_last_one_when_they_end() {
    let (shop, browser) = open_and_place().await;
    shop.reach("confirmed", &json!({}));
    browser.until_text("#order-title", "Your payment is confirmed").await;
    shop.end_streams();
    until("the next stream", || shop.streams().len() == 2).await;
    shop.reach("received", &json!({ "delayed": true, "message": "The warehouse does not answer." }));
    browser.until_text("#order-title", "Your order is safe, and delayed").await;
    shop.reach("dispatched", &json!({ "state": "done", "delayed": false }));
    browser.until_text("#order-title", "Your order is on its way").await;
    assert_eq!(shop.streams(), [None, Some("2".to_owned())]);
    assert_eq!(shop.unchanged(), 0, "nothing was asked for beside the events");
    assert_eq!(browser.log().await, [], "the end of a stream is nothing to complain of");
}

#[tokio::test]
async fn an_order_without_news_is_asked_for_by_its_entity_tag_where_nothing_is_streamed() {
    let (shop, browser) = open().await;
    shop.buffer();
    fill_cart(&browser).await;
    browser.click("#place").await;
    browser.until_text("#order-title", "Thank you, we have your order").await;
    until("a read answered by `not modified`", || shop.unchanged() > 0).await;
    browser.until_text("#order-watch", "We watch it for you").await;
    shop.reach("confirmed", &json!({}));
    browser.until_text("#order-title", "Your payment is confirmed").await;
}

#[tokio::test]
async fn progress_and_the_expected_time_are_shown_while_an_order_is_under_way() {
    let (shop, browser) = open_and_place().await;
    let place = json!({ "number": 2, "of": 4 });
    shop.reach("confirmed", &json!({ "progress": 40, "expected": "2030-01-01T10:00:00Z", "place": place }));
    browser.until_text("#order-facts", "40 %").await;
    browser.until_text("#order-place", "Step 2 of 4").await;
    browser.until("document.querySelector('#order-facts time[datetime^=\"2030-01-01T10\"]')").await;
    shop.reach("dispatched", &json!({ "state": "done", "progress": 100, "expected": null }));
    browser.until_text("#order-title", "Your order is on its way").await;
    browser.until("!/%|Expected/.test(document.querySelector('#order-facts').textContent)").await;
    browser.until("document.querySelector('#order-place').hidden").await;
}

#[tokio::test]
async fn a_delayed_order_is_said_to_be_safe() {
    let (shop, browser) = open_and_place().await;
    shop.reach("received", &json!({ "delayed": true, "message": "The payment provider does not answer." }));
    browser.until_text("#order-title", "Your order is safe, and delayed").await;
    browser.until_text("#order-message", "The payment provider does not answer.").await;
    browser.until_text("#order-callout", "You are not charged twice").await;
    browser.until("document.querySelector('[data-step=confirmed].late')").await;
    shop.reach("confirmed", &json!({ "delayed": false, "message": "Your bank has confirmed." }));
    browser.until("document.querySelector('#order-callout').hidden").await;
}

#[tokio::test]
async fn an_order_that_nobody_sent_asks_to_be_sent_again_and_is_not_said_to_be_safe() {
    let (shop, browser) = open_and_place().await;
    let next_action = "Please send it again from where you placed it.";
    shop.reach("unsent", &json!({ "message": "We noted your order.", "next_action": next_action }));
    browser.until_text("#order-title", "Please send your order again").await;
    browser.until_text("#order-callout", next_action).await;
    browser.until("document.querySelector('[data-step=received].late')").await;
    browser.until("document.querySelector('[data-step=confirmed].todo')").await;
    browser.until("!/safe/.test(document.querySelector('#view-order').textContent)").await;
    shop.add_order("unsent-0001", CUSTOMER, "unsent", &json!({}));
    browser.click("[data-nav=orders]").await;
    browser.until_text("#orders", "Send it again").await;
}

#[tokio::test]
async fn a_declined_payment_is_explained_and_can_be_ordered_again() {
    let (shop, browser) = open_and_place().await;
    let words = json!({ "state": "failed", "message": "Your bank declined.", "next_action": "Take another card." });
    shop.reach("declined", &words);
    browser.until_text("#order-title", "The payment was declined").await;
    browser.until_text("#order-callout", "Take another card.").await;
    browser.until_text("[data-step=confirmed].failed", "Payment declined").await;
    browser.click("#order-callout [data-part=again]").await;
    browser.until_text("#lines", "Two stoneware cups").await;
    browser.click("#place").await;
    browser.until_text("#order-title", "Thank you, we have your order").await;
    assert_eq!(keys(&shop).len(), 2, "ordering again is a new order");
    assert_eq!(shop.posts()[0].order["items"], shop.posts()[1].order["items"]);
}

#[tokio::test]
async fn a_rejected_order_says_what_happens_next_and_does_not_ask_to_order_again() {
    let (shop, browser) = open_and_place().await;
    let words = json!({ "state": "failed", "message": "Something is wrong.", "next_action": "You need not do anything.",
        "help": "javascript:alert(1)", "items": [{ "sku": "kettle", "quantity": 3 }] });
    shop.reach("rejected", &words);
    browser.until_text("#order-title", "We could not complete your order").await;
    browser.until_text("#order-callout", "You need not do anything.").await;
    browser.until_text("#order-items", "3 × Copper kettle").await;
    let shown = "[...document.querySelectorAll('#order-callout :is(a, button)')]
        .filter((each) => each.checkVisibility()).map((each) => each.dataset.part)";
    assert_eq!(browser.value(shown).await, json!(["shop"]), "neither ordering again nor a link that runs a script");
}

#[tokio::test]
async fn an_order_is_followed_through_an_absence_of_the_server() {
    let (shop, browser) = open_and_place().await;
    shop.be_away(true);
    browser.until_text("#order-away", "Your order is safe").await;
    browser.until("document.querySelector('[data-step=received].done')").await;
    shop.reach("dispatched", &json!({ "state": "done" }));
    shop.be_away(false);
    browser.until_text("#order-title", "Your order is on its way").await;
    browser.until("document.querySelector('#order-away').hidden").await;
    assert_eq!(complaints(&browser).await, []);
}

#[tokio::test]
async fn a_lost_answer_orders_once() {
    let (shop, browser) = open().await;
    fill_cart(&browser).await;
    shop.lose_answers(3);
    browser.click("#place").await;
    browser.until_text("#order-title", "Thank you, we have your order").await;
    assert!(shop.posts().len() > 3, "it was sent until it was answered");
    assert_eq!((shop.orders(), keys(&shop).len()), (1, 1));
}

#[tokio::test]
async fn an_order_without_an_answer_survives_a_reload() {
    let (shop, browser) = open().await;
    fill_cart(&browser).await;
    shop.lose_answers(usize::MAX);
    browser.click("#place").await;
    browser.until_text("#order-away", "it is ordered only once").await;
    browser.reload().await;
    browser.until_text("#order-title", "Sending your order…").await;
    shop.lose_answers(0);
    browser.until_text("#order-title", "Thank you, we have your order").await;
    browser.until_text("#order-items", "1 × Copper kettle").await;
    assert_eq!((shop.orders(), keys(&shop).len()), (1, 1));
}

#[tokio::test]
async fn pressing_the_button_twice_places_one_order() {
    let (shop, browser) = open().await;
    fill_cart(&browser).await;
    shop.hold_answers(true);
    browser.value("[1, 2].map(() => document.querySelector('#place').click())").await;
    browser.until_text("#order-title", "Sending your order…").await;
    browser.until("document.querySelector('[data-step=received].now')").await;
    browser.value("document.querySelector('#place').click()").await;
    shop.hold_answers(false);
    browser.until_text("#order-title", "Thank you, we have your order").await;
    assert_eq!(shop.posts().len(), 1);
}

#[tokio::test]
async fn what_is_wrong_is_said_at_its_field() {
    let (shop, browser) = open().await;
    fill_cart(&browser).await;
    shop.refuse(Some(json!({
        "type": "about:blank", "title": "Not acceptable", "status": 422, "detail": "The order has mistakes.",
        "errors": [
            { "pointer": "/items/1/quantity", "detail": "We have only one of these." },
            { "pointer": "#/customer", "detail": "This is no address." },
            { "pointer": "/card", "detail": "We do not know this card." },
        ],
    })));
    browser.click("#place").await;
    browser.until_text("[data-key=cups] .error", "We have only one of these.").await;
    browser.until_text("#customer-error", "This is no address.").await;
    browser.until_text("#card-error", "We do not know this card.").await;
    browser.until("document.activeElement === document.querySelector('[data-key=cups] input')").await;
    for field in ["[data-key=cups] input", "#customer"] {
        let described = format!(
            "((field) => field.getAttribute('aria-invalid') === 'true' && field.getAttribute('aria-describedby').split(' ')
                .some((id) => document.getElementById(id).classList.contains('error')))(document.querySelector('{field}'))"
        );
        assert_eq!(browser.value(&described).await, true, "{field} is tied to its error");
    }
    shop.refuse(None);
    browser.click("[data-key=cups] [data-part=less]").await;
    browser.until("document.querySelector('[data-key=cups] .error').hidden").await;
    browser.click("#place").await;
    browser.until_text("#order-title", "Thank you, we have your order").await;
    assert_eq!(keys(&shop).len(), 2, "a corrected order is another order");
    assert_eq!(complaints(&browser).await, []);
}

#[tokio::test]
async fn a_problem_that_belongs_to_no_field_is_said_above_the_form() {
    let (shop, browser) = open().await;
    fill_cart(&browser).await;
    shop.refuse(Some(json!({ "title": "Closed", "status": 403, "detail": "The shop is closed today." })));
    browser.click("#place").await;
    browser.until_text("#checkout-problem[role=alert]", "The shop is closed today.").await;
    browser.until("document.activeElement.id === 'checkout-problem'").await;
    assert_eq!(browser.value("document.querySelectorAll('#lines > .line').length").await, 2, "the cart is kept");
}

#[tokio::test]
async fn a_missing_name_is_asked_for_before_anything_is_sent() {
    let (shop, browser) = open().await;
    fill_cart(&browser).await;
    browser.fill("#customer", " ").await;
    browser.click("#place").await;
    browser.until_text("#customer-error", "Please tell us your e-mail or your name.").await;
    browser.until("document.activeElement.id === 'customer'").await;
    assert_eq!(shop.posts().len(), 0);
}

#[tokio::test]
async fn the_cart_counts_keeps_and_gives_back() {
    let (_shop, browser) = open().await;
    browser.click("[data-nav=cart]").await;
    browser.until_text("#cart-empty", "There is nothing in it yet.").await;
    browser.click("[data-nav=shop]").await;
    fill_cart(&browser).await;
    browser.until_text("#total", "€73.80").await;
    browser.click("[data-key=cups] [data-part=more]").await;
    browser.until_text("#place", "Place order · €88.20").await;
    browser.reload().await;
    browser.until_text("#total", "€88.20").await;
    browser.fill("[data-key=cups] input", "10").await;
    browser.press(Key::Enter).await;
    browser.until_text("#total", "€189.00").await;
    browser.click("[data-key=cups] [data-part=remove]").await;
    browser.until_text("#total", "€45.00").await;
    browser.click("#removed [data-part=undo]").await;
    browser.until_text("#total", "€189.00").await;
}

#[tokio::test]
async fn the_orders_of_a_customer_are_listed_and_open() {
    let (shop, browser) = open().await;
    for number in 1..=12 {
        let details = json!({ "state": "done", "created": format!("2026-05-{number:02}T09:00:00Z") });
        shop.add_order(&format!("past-{number:04}"), CUSTOMER, "dispatched", &details);
    }
    shop.add_order("other-0001", "somebody else", "received", &json!({}));
    browser.click("[data-nav=orders]").await;
    browser.fill("#whose-customer", CUSTOMER).await;
    browser.press(Key::Enter).await;
    browser.until_text("#orders-note", "12 orders of ada@example.com.").await;
    browser.until("document.querySelectorAll('#orders > .order').length === 10").await;
    browser.until_text("#orders > .order:first-child", "Order PAST0012").await;
    browser.click("#orders-more").await;
    browser.until("document.querySelectorAll('#orders > .order').length === 12").await;
    browser.until("document.activeElement === document.querySelector('#orders > .order:nth-child(11) a')").await;
    browser.press(Key::Enter).await;
    browser.until_text("#order-facts", "past-0002").await;
    browser.click("[data-nav=orders]").await;
    browser.fill("#whose-customer", "nobody").await;
    browser.press(Key::Enter).await;
    browser.until_text("#orders-empty", "There are no orders of nobody yet.").await;
}

#[tokio::test]
async fn an_unknown_order_is_said_to_be_unknown() {
    let (shop, browser) = open().await;
    browser.open(&format!("{}#/orders/none", shop.url())).await;
    browser.until_text("#order-title", "We do not know this order").await;
    browser.until_text("#order-message", "There is no order with this number.").await;
}

#[tokio::test]
async fn the_catalogue_appears_when_the_server_is_back() {
    let (shop, browser) = open().await;
    shop.lose_catalogue(true);
    browser.reload().await;
    browser.until_text("#catalogue-note", "This is what it offered at your last visit").await;
    browser.until_text(".product", "Copper kettle").await;
    browser.value("localStorage.clear()").await;
    browser.reload().await;
    browser.until_text("#catalogue-note", "the catalogue appears as soon as it answers").await;
    shop.lose_catalogue(false);
    browser.until_text(".product", "Copper kettle").await;
    browser.until("document.querySelector('#catalogue-note').hidden").await;
}

#[tokio::test]
async fn an_order_can_be_placed_with_the_keyboard_alone() {
    let (shop, browser) = open().await;
    browser.press(Key::Tab).await;
    browser.until_text(":focus", "Skip to the content").await;
    browser.press(Key::Enter).await;
    browser.tab_to("[data-key=kettle] [data-part=add]").await;
    browser.press(Key::Enter).await;
    browser.until_text("#announcer", "Added Copper kettle. 1 item in the cart, €45.00.").await;
    browser.value("document.querySelector('#main').focus()").await;
    browser.value("document.querySelector('.brand').focus()").await;
    browser.tab_to("[data-nav=cart]").await;
    browser.press(Key::Enter).await;
    browser.until("document.activeElement.id === 'cart-title'").await;
    browser.tab_to("#customer").await;
    browser.type_text(CUSTOMER).await;
    browser.tab_to("[name=card]").await;
    browser.press(Key::Down).await;
    browser.tab_to("#place").await;
    browser.press(Key::Enter).await;
    browser.until_text("#order-title", "Thank you, we have your order").await;
    browser.until("document.activeElement.id === 'order-title'").await;
    assert_eq!(shop.posts()[0].order["card"], "tok_declined", "the arrow key chose the next card");
}

/// The page in the states that look different: its routes, with a cart and orders to show.
async fn states(shop: &Stub, browser: &Browser) -> Vec<String> {
    fill_cart(browser).await;
    browser.value("localStorage.setItem('aqueduct.shop.customer', JSON.stringify('ada@example.com'))").await;
    browser.click("[data-nav=shop]").await;
    browser.click("[data-key='long name/ü'] [data-part=add]").await;
    let failed = json!({ "state": "failed", "message": "Your bank declined.", "next_action": "Take another card.", "help": "/help" });
    shop.add_order("late", CUSTOMER, "received", &json!({ "delayed": true }));
    shop.add_order("done", CUSTOMER, "dispatched", &json!({ "state": "done" }));
    shop.add_order("failed-with-a-number-that-does-not-end-0123456789", CUSTOMER, "declined", &failed);
    [
        "#/",
        "#/cart",
        "#/orders",
        "#/orders/late",
        "#/orders/done",
        "#/orders/failed-with-a-number-that-does-not-end-0123456789",
    ]
    .map(|hash| format!("{}{hash}", shop.url()))
    .into()
}

async fn show(browser: &Browser, url: &str) {
    browser.open(url).await;
    browser.until("document.querySelector('.view:not([hidden]) :is(.product h2, .line, .order, .step)')").await;
}

#[tokio::test]
async fn assistive_technology_finds_landmarks_and_names() {
    const NAMED: [&str; 9] =
        ["RootWebArea", "navigation", "region", "heading", "link", "button", "textbox", "radio", "group"];
    let (shop, browser) = open().await;
    assert_eq!(browser.value("document.documentElement.lang").await, "en");
    for url in states(&shop, &browser).await {
        show(&browser, &url).await;
        let tree = browser.accessibility().await;
        for role in ["banner", "navigation", "main", "contentinfo", "status"] {
            assert!(tree.iter().any(|(found, _)| found == role), "{url}: there is no {role}");
        }
        let unnamed: Vec<_> =
            tree.iter().filter(|(role, name)| NAMED.contains(&role.as_str()) && name.trim().is_empty()).collect();
        assert!(unnamed.is_empty(), "{url}: without a name: {unnamed:?}");
        let headings =
            browser.value("[...document.querySelectorAll('h1')].filter((each) => each.checkVisibility()).length").await;
        assert_eq!(headings, 1, "{url}: one main heading");
        let twice = "[...document.querySelectorAll('[id]')].map((each) => each.id).filter((id, at, all) => all.indexOf(id) !== at)";
        assert_eq!(browser.value(twice).await, json!([]), "{url}: an id stands for one element");
    }
}

#[tokio::test]
async fn nothing_sticks_out_of_a_narrow_screen() {
    let (shop, browser) = open().await;
    let narrow = json!({ "width": 320, "height": 640, "deviceScaleFactor": 1, "mobile": true });
    let states = states(&shop, &browser).await;
    browser.devtools("Emulation.setDeviceMetricsOverride", narrow).await;
    for url in states {
        show(&browser, &url).await;
        let wide = "[...document.body.querySelectorAll('*')]
            .filter((node) => node.checkVisibility() && !node.closest('.visually-hidden, .brand-name'))
            .filter((node) => node.getBoundingClientRect().right > 320.5 || node.getBoundingClientRect().left < -0.5)
            .map((node) => node.outerHTML.slice(0, 80))";
        assert_eq!(browser.value(wide).await, json!([]), "{url}");
    }
}

/// The texts whose contrast with what is behind them is under 4.5 to 1 (under 3 to 1 for large ones).
/// Source: <https://www.w3.org/TR/WCAG22/#contrast-minimum>
const FAINT_TEXTS: &str = r"(() => {
    const parse = (color) => (color.match(/[\d.]+/g) ?? []).map(Number);
    const light = (color) => {
        const [r, g, b] = parse(color).map((part) => (part /= 255) <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const ground = (node) => {
        for (; node; node = node.parentElement) {
            const color = getComputedStyle(node).backgroundColor;
            if ((parse(color)[3] ?? 1) === 1) return color;
        }
        return 'rgb(255, 255, 255)';
    };
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const faint = [];
    while (texts.nextNode()) {
        const node = texts.currentNode.parentElement;
        if (!texts.currentNode.data.trim() || !node.checkVisibility() || node.closest('.skip, [aria-disabled=true], noscript')) continue;
        const style = getComputedStyle(node);
        const [dim, bright] = [light(style.color), light(ground(node))].sort((a, b) => a - b);
        const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && style.fontWeight >= 700);
        const contrast = (bright + 0.05) / (dim + 0.05);
        if (contrast < (large ? 3 : 4.5)) faint.push(`${texts.currentNode.data.trim()}: ${contrast.toFixed(2)}`);
    }
    return faint;
})()";

#[tokio::test]
async fn texts_stand_out_in_light_and_in_dark() {
    let (shop, browser) = open().await;
    let states = states(&shop, &browser).await;
    for scheme in ["light", "dark"] {
        let features = json!({ "features": [
            { "name": "prefers-color-scheme", "value": scheme }, { "name": "prefers-reduced-motion", "value": "reduce" }] });
        browser.devtools("Emulation.setEmulatedMedia", features).await;
        for url in &states {
            show(&browser, url).await;
            assert_eq!(browser.value(FAINT_TEXTS).await, Value::Array(vec![]), "{url} in {scheme}");
        }
    }
    let moving = "document.getAnimations().filter((each) => each.playState === 'running').length";
    assert_eq!(browser.value(moving).await, 0, "nothing moves for those who asked for less motion");
}
