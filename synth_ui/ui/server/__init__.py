"""What stands between the browser and Streamlit: who may ask, and what a page may load."""
