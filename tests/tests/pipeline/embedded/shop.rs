//! A customer's whole job in a real browser: choose, order, and see the order through to its end.

use super::ORDERS;
use crate::browser::Browser;
use crate::support::Stack;

const CUSTOMER: &str = "ada@example.com";

async fn order_with(card: &str) -> (Stack, Browser) {
    let stack = Stack::embedded(ORDERS).await;
    let browser = Browser::start().await;
    browser.open(stack.shop_url()).await;
    browser.click("[data-part=add]").await;
    browser.click("[data-nav=cart]").await;
    browser.fill("#customer", CUSTOMER).await;
    browser.click(&format!("[name=card][value={card}]")).await;
    browser.click("#place").await;
    (stack, browser)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_shop_places_an_order_and_shows_it_dispatched() {
    let (_stack, browser) = order_with("tok_visa").await;
    browser.until("document.querySelectorAll('.step.done').length === 4").await;
    browser.until_text("#order-title", "Your order is on its way").await;
    assert_eq!(browser.log().await, [], "the page has nothing to complain of");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_shop_explains_a_declined_card_and_offers_to_order_again() {
    let (_stack, browser) = order_with("tok_declined").await;
    browser.until_text("#order-title", "The payment was declined").await;
    browser.click("#order-callout [data-part=again]").await;
    browser.until("document.querySelectorAll('#lines > .line').length === 1").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_waits_for_its_payment_is_said_to_be_safe() {
    let (_stack, browser) = order_with("tok_outage").await;
    browser.until_text("#order-title", "Your order is safe, and delayed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_finds_the_order_in_the_list() {
    let (_stack, browser) = order_with("tok_visa").await;
    browser.until_text("#order-title", "Your order is on its way").await;
    browser.click("[data-nav=orders]").await;
    browser.until_text("#orders .badge", "Dispatched").await;
    browser.reload().await;
    browser.click("#orders .order a").await;
    browser.until_text("#order-title", "Your order is on its way").await;
}
